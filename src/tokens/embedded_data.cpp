// Puts the files of data/tokens/ into the library. scripts/token-tables.js makes them, and describes them.
#include "tokens/embedded_data.hpp"

#include "pg/pure.hpp"

#if defined(__APPLE__)
#define AGENTCHAT_SECTION ".const_data\n"
#define AGENTCHAT_HIDDEN ".private_extern "
#define AGENTCHAT_SYMBOL(name) "_agentchat_" #name
#define AGENTCHAT_SECTION_END ".text\n"
#else
#define AGENTCHAT_SECTION ".pushsection .rodata\n"
#define AGENTCHAT_HIDDEN ".hidden "
#define AGENTCHAT_SYMBOL(name) "agentchat_" #name
#define AGENTCHAT_SECTION_END ".popsection\n"
#endif

// The path is relative to the folder in which make runs.
#define AGENTCHAT_EMBED(name)                                                                                \
    asm(AGENTCHAT_SECTION ".balign 64\n"                                                                     \
                          ".globl " AGENTCHAT_SYMBOL(name) "\n" AGENTCHAT_HIDDEN AGENTCHAT_SYMBOL(           \
                              name) "\n" AGENTCHAT_SYMBOL(name) ":\n"                                        \
                                                                ".incbin \"data/tokens/" #name               \
                                                                ".bin\"\n" AGENTCHAT_SECTION_END)

AGENTCHAT_EMBED(o200k_base);
AGENTCHAT_EMBED(cl100k_base);
AGENTCHAT_EMBED(character_classes);
