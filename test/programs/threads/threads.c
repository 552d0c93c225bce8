#include <pthread.h>
#include <unistd.h>
#include <sys/wait.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
static volatile unsigned long sink;
__attribute__((noinline)) void spin_leaf(long n){for(long i=0;i<n;i++)sink+=i*i;}
__attribute__((noinline)) void worker_body(void){for(int i=0;i<60;i++){spin_leaf(1000000);getppid();}}
static void*run(void*a){prctl(PR_SET_NAME,(char*)a);worker_body();return 0;}
__attribute__((noinline)) void child_work(void){for(int i=0;i<40;i++)spin_leaf(1000000);}
int main(int c,char**v){
 if(c>1){child_work();return 0;}
 pthread_t t[3];char*n[]={"alpha","beta two","gamma"};
 for(int i=0;i<3;i++)pthread_create(&t[i],0,run,n[i]);
 pid_t p=fork(); if(!p){child_work();for(int i=0;i<200000;i++)free(malloc(i%5000));_exit(0);}
 pid_t q=fork(); if(!q){execl(v[0],"renamed","x",(char*)0);_exit(1);}
 for(int i=0;i<3;i++)pthread_join(t[i],0);
 waitpid(p,0,0);waitpid(q,0,0);return 0;}
