// Keeps the headers of PostgreSQL out of a file: the build fails if the file includes them. A file includes
// this header last.
#if defined(POSTGRES_H)
#error "only src/pg/ may include the headers of PostgreSQL"
#endif
