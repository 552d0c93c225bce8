export { chooseFunction, definedNames, functionsMatching } from './function-choice.ts';
export { type GdbEvent, type GdbFrame, type GdbStop, readGdbReport } from './gdb-report.ts';
export { type StackLine, stackText } from './stack-text.ts';
export { type NamedFrame, TraceNaming } from './trace-naming.ts';
export { namedTraces } from './trace-reader.ts';
