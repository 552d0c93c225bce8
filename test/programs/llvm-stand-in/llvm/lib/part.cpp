// Every library of the stand-in is this file.
#define NAME_OF(part) part_##part
#define FUNCTION(part) NAME_OF(part)
#ifdef BROKEN
int broken = missing_name;
#endif
#ifdef PART
int FUNCTION(PART)() { return 0; }
#else
int main() { return 0; }
#endif
