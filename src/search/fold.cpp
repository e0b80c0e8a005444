#include "search/fold.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"
#include "search/fold_table.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A code point and the number of its bytes, or one byte that begins none.
struct Character {
    std::uint32_t code;
    std::size_t size;
};

constexpr std::uint32_t no_character = 0xffffffff;

/// Decodes the first character of a text that is not empty.
Character first_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto begins = [&](std::size_t size) {
        if (text.size() < size)
            return false;
        for (std::size_t i = 1; i < size; ++i)
            if ((byte(i) & 0xc0) != 0x80)
                return false;
        return true;
    };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80)
        return {lead, 1};
    if (lead >= 0xc2 && lead < 0xe0 && begins(2))
        return {(lead & 0x1f) << 6 | (byte(1) & 0x3fU), 2};
    if (lead >= 0xe0 && lead < 0xf0 && begins(3))
        return {(lead & 0x0f) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU), 3};
    if (lead >= 0xf0 && lead < 0xf5 && begins(4)) {
        const std::uint32_t code =
            (lead & 0x07) << 18 | (byte(1) & 0x3fU) << 12 | (byte(2) & 0x3fU) << 6 | (byte(3) & 0x3fU);
        if (code <= 0x10ffff)
            return {code, 4};
    }
    return {no_character, 1};
}

std::uint16_t entry_of(std::uint32_t code) noexcept {
    if (code == no_character)
        return fold_table::same;
    const std::size_t block = fold_table::block_of[code / fold_table::block_size];
    return fold_table::entries[block * fold_table::block_size + code % fold_table::block_size];
}

/// Collects the folded text.
class Output {
public:
    explicit Output(std::size_t expected_size)
        : bytes_(pg::allocate_array<char>(pg::current_context(), expected_size + 1)), room_(expected_size) {}

    void add(std::string_view bytes) {
        // The first blank of a run stands for all of them.
        if (bytes == " " && ends_with_blank())
            return;
        if (bytes.size() > room_ - size_) {
            room_ = 2 * room_ + bytes.size();
            bytes_ = static_cast<char*>(pg::reallocate(bytes_, room_));
        }
        for (const char byte : bytes)
            bytes_[size_++] = byte;
    }
    std::string_view text() const { return {bytes_, size_}; }

private:
    bool ends_with_blank() const { return size_ > 0 && bytes_[size_ - 1] == ' '; }

    char* bytes_;
    std::size_t size_ = 0;
    std::size_t room_;
};

/// Tells whether a character can melt into the one before it: composed and decomposed texts are the same.
bool is_decomposed(std::string_view text) noexcept {
    while (!text.empty()) {
        const Character character = first_character(text);
        if (entry_of(character.code) == fold_table::composes)
            return true;
        text.remove_prefix(character.size);
    }
    return false;
}

} // namespace

std::string_view folded(std::string_view text) {
    text = pg::in_utf8(text);
    // Other encodings of a database have no characters that melt, or have them composed.
    if (pg::is_utf8_database() && is_decomposed(text))
        text = pg::in_nfkc(text);
    Output output(text.size());
    constexpr std::size_t between_checks = 65536;
    for (std::size_t place = 0, next_check = between_checks; place < text.size();) {
        if (place >= next_check) {
            pg::check_for_interrupts();
            next_check = place + between_checks;
        }
        const Character character = first_character(text.substr(place));
        const std::uint16_t entry = entry_of(character.code);
        if (entry == fold_table::same || entry == fold_table::composes) {
            output.add(text.substr(place, character.size));
        } else {
            const std::uint8_t* replacement = &fold_table::replacements[entry];
            output.add({reinterpret_cast<const char*>(replacement + 1), *replacement});
        }
        place += character.size;
    }
    return output.text();
}

} // namespace agentchat
