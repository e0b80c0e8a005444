// Implements pattern_are.hpp. The ARE uses few constructs: characters, classes of code points, groups, greedy
// quantifiers, lookarounds, back references, "^", "$", \y and \Y. Whatever else an ARE knows (regc_lex.c),
// such as the directors "***:" and "(?i)" or the classes that depend on the locale, never comes about.
#include "json_schema/pattern_are.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::CodePoint;
using Kind = PatternNode::Kind;

// The largest number in the braces of an ARE (DUPMAX in regguts.h).
constexpr std::uint32_t largest_bound = 255;

// The engine repeats the states of whatever stands before braces, and its memory grows with their square.
constexpr std::uint64_t most_states = 20000;

/// Counts the states that the node needs, up to somewhat more than most_states.
std::uint64_t count_states(const PatternNode& node) {
    std::uint64_t count = 0;
    for (const PatternNode* child = node.first_child; child != nullptr && count <= most_states;
         child = child->next)
        count += count_states(*child);
    count = std::max<std::uint64_t>(1, count);
    if (node.kind != Kind::repeat)
        return count;
    const std::uint64_t turns =
        node.most == PatternNode::unlimited ? node.least + std::uint64_t{1} : node.most;
    return std::min(count * turns, most_states + 1);
}

class AreWriter {
public:
    explicit AreWriter(pg::MemoryContext context) : are_(context) {}

    void write(const PatternNode& node) {
        switch (node.kind) {
        case Kind::character:
            return write_character(node.character);
        case Kind::set:
            return write_set(node);
        case Kind::start:
            return write("^");
        case Kind::end:
            return write("$");
        case Kind::word_boundary:
            return write("\\y");
        case Kind::not_word_boundary:
            return write("\\Y");
        case Kind::sequence:
            for (const PatternNode* child = node.first_child; child != nullptr; child = child->next)
                write(*child);
            return;
        case Kind::group:
            return write_group(node);
        case Kind::lookaround:
            return write_lookaround(node);
        case Kind::back_reference:
            // In parentheses, so that no digit follows its number.
            write("(?:");
            write_back_reference(*node.group);
            return write(")");
        case Kind::repeat:
            return write_repeat(node);
        }
    }

    void write_alternatives(const PatternNode& node) {
        for (const PatternNode* child = node.first_child; child != nullptr; child = child->next) {
            if (child != node.first_child)
                write("|");
            write(*child);
        }
    }

    std::span<const CodePoint> are() const { return are_.span(); }
    const char* fault() const { return fault_; }

private:
    void write(std::string_view text) {
        for (const char c : text)
            are_.add(static_cast<unsigned char>(c));
    }

    void write_number(std::uint32_t number) { write(pg::format("%u", number)); }

    /// Writes a character that stands for itself, in a class and outside.
    void write_character(CodePoint c) {
        const bool is_special =
            c > ' ' && c < 0x7F && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z');
        if (is_special)
            are_.add('\\');
        are_.add(c);
    }

    void write_set(const PatternNode& node) {
        const auto& ranges = node.ranges;
        const bool is_all =
            ranges.size() == 1 && ranges[0].first == 0 && ranges[0].last == pg::last_code_point;
        if (ranges.empty() || is_all) {
            // A class must not be empty. No code point is beyond the last one.
            if (is_all == node.is_negated)
                return write_class(true, {&all_, 1});
            return write(".");
        }
        write_class(node.is_negated, ranges);
    }

    void write_class(bool is_negated, std::span<const CodePointRange> ranges) {
        write(is_negated ? "[^" : "[");
        for (const CodePointRange& range : ranges) {
            write_character(range.first);
            if (range.first == range.last)
                continue;
            write("-");
            write_character(range.last);
        }
        write("]");
    }

    /// Writes a group. An ARE counts those that capture. Only what back references need does so here.
    void write_group(const PatternNode& node) {
        if (node.number > 0)
            open_capture(node);
        else
            write("(?:");
        write_alternatives(node);
        write(")");
    }

    void open_capture(const PatternNode& group) {
        // Some repetitions write their group more than once.
        if (group.number != ++captures_)
            fault_ = "a back reference means a group in a repetition that PostgreSQL cannot follow";
        write("(");
    }

    void write_lookaround(const PatternNode& node) {
        write(node.is_behind ? "(?<" : "(?");
        write(node.is_negated ? "!" : "=");
        write_alternatives(node);
        write(")");
    }

    void write_back_reference(const PatternNode& group) {
        write("\\");
        write_number(group.number);
    }

    /// Writes what a quantifier follows.
    void write_operand(const PatternNode& node) {
        if (node.kind == Kind::back_reference)
            write_back_reference(*node.group);
        else
            write(node);
    }

    void write_repeat(const PatternNode& node) {
        const PatternNode& child = *node.first_child;
        if (node.most == 0)
            return write("(?:)");
        if (child.kind == Kind::lookaround) {
            // An ARE cannot repeat a lookaround. Once is as good as several times.
            return node.least == 0 ? write("(?:)") : write(child);
        }
        if (node.least == 0 && node.most == 1 && child.number > 0) {
            // A reference to a group that has not matched is empty (resolve() in pattern_tree.cpp).
            open_capture(child);
            write("(?:");
            write_alternatives(child);
            write(")?)");
            return;
        }
        if (node.least > 1 && child.can_be_empty && child.kind != Kind::back_reference &&
            is_dissected(child)) {
            // If the text ends before the least number of turns, the engine does not try empty turns
            // (citerdissect() in regexec.c).
            for (std::uint32_t i = 0; i < node.least; ++i)
                write(child);
            if (node.most > node.least)
                write_turns(child, 0,
                            node.most == PatternNode::unlimited ? node.most : node.most - node.least);
            return;
        }
        write_turns(child, node.least, node.most);
    }

    /// Tells whether the engine must find out which part of the text each part of the node matches.
    static bool is_dissected(const PatternNode& node) {
        if (node.kind == Kind::back_reference || node.number > 0)
            return true;
        for (const PatternNode* child = node.first_child; child != nullptr; child = child->next) {
            if (is_dissected(*child))
                return true;
        }
        return false;
    }

    /// Writes the node with a quantifier.
    void write_turns(const PatternNode& node, std::uint32_t least, std::uint32_t most) {
        if (most == PatternNode::unlimited && least <= 1) {
            write_operand(node);
            return write(least == 0 ? "*" : "+");
        }
        if (least > largest_bound || (most > largest_bound && most != PatternNode::unlimited)) {
            if (least > 0)
                write_exactly(node, least);
            if (most == PatternNode::unlimited)
                write_turns(node, 0, most);
            else if (most > least)
                write_up_to(node, most - least);
            return;
        }
        write_bounds(node, least, most);
    }

    void write_bounds(const PatternNode& node, std::uint32_t least, std::uint32_t most) {
        write_operand(node);
        write_bounds(least, most);
    }

    void write_bounds(std::uint32_t least, std::uint32_t most) {
        if (least == 1 && most == 1)
            return;
        write("{");
        write_number(least);
        if (least != most)
            write(",");
        if (least != most && most != PatternNode::unlimited)
            write_number(most);
        write("}");
    }

    void write_exactly(const PatternNode& node, std::uint32_t turns) {
        const std::uint32_t blocks = turns / largest_bound;
        if (blocks > 0) {
            write("(?:");
            write_bounds(node, largest_bound, largest_bound);
            write(")");
            write_bounds(blocks, blocks);
        }
        if (turns % largest_bound > 0)
            write_bounds(node, turns % largest_bound, turns % largest_bound);
    }

    /// Writes up to that many turns as blocks, the turns of an incomplete block, and the turns left over. The
    /// engine can be at all places of those at the same time. Therefore, they should be few.
    void write_up_to(const PatternNode& node, std::uint32_t turns) {
        if (turns <= largest_bound)
            return write_bounds(node, 0, turns);
        const std::uint32_t block = best_block(turns + 1);
        write("(?:");
        write_bounds(node, block, block);
        write(")");
        write_bounds(0, (turns + 1) / block - 1);
        write_bounds(node, 0, block - 1);
        if ((turns + 1) % block > 0)
            write_bounds(node, 0, (turns + 1) % block);
    }

    /// Returns the size of blocks that leaves the smallest remainder.
    static std::uint32_t best_block(std::uint32_t total) {
        std::uint32_t best = largest_bound;
        for (std::uint32_t block = largest_bound; block > largest_bound / 2; --block) {
            if (total % block < total % best)
                best = block;
        }
        return best;
    }

    static constexpr CodePointRange all_ = {0, pg::last_code_point};

    pg::ArenaList<CodePoint> are_;
    std::uint32_t captures_ = 0;
    const char* fault_ = nullptr;
};

} // namespace

PatternAre translate_pattern(pg::MemoryContext context, const PatternNode& root) {
    const std::uint64_t states = count_states(root);
    if (states > most_states)
        return {{}, 0, "it is too large: with its repetitions, it has more than 20,000 parts"};
    AreWriter writer(context);
    writer.write_alternatives(root);
    return {writer.are(), static_cast<std::size_t>(states), writer.fault()};
}

} // namespace agentchat
