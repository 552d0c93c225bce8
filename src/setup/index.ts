export {
  type Answers,
  answerSchemas,
  answersSchema,
  type PartialAnswers,
  type QuestionName,
  questionNames,
} from './answers.ts';
export type { CheckoutState, SetupFacts } from './facts.ts';
export { type Plan, type PlanCommand, type PlannedStep, planOf } from './plan.ts';
export { nextQuestion, type Question, questions } from './questions.ts';
export { scriptOf } from './script.ts';
export { objectionTo, withAnswer } from './with-answer.ts';
