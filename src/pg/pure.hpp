// The wall: a file that includes this one must not see PostgreSQL's headers. Include it last.
#if defined(POSTGRES_H)
#error "PostgreSQL's headers belong to src/pg/ alone"
#endif
