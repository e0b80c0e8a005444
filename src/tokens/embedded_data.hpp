// Declares the files of data/tokens/, which are part of the library. All sessions share their pages, and
// nothing is read before it is used.
#pragma once

#include <cstdint>

// The assembler defines these symbols, in embedded_data.cpp.
extern "C" {
extern const std::uint8_t agentchat_o200k_base[] __attribute__((visibility("hidden")));
extern const std::uint8_t agentchat_cl100k_base[] __attribute__((visibility("hidden")));
extern const std::uint8_t agentchat_character_classes[] __attribute__((visibility("hidden")));
}
