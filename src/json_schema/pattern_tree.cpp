// Implements pattern_tree.hpp. The grammar is that of ECMA-262, 22.2.1 and B.1.2.
#include "json_schema/pattern_tree.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "json_schema/unicode_property.hpp"
#include "pg/error.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::CodePoint;
using Kind = PatternNode::Kind;

// The functions that translate the tree call themselves for each level.
constexpr std::uint32_t deepest_nesting = 1000;

// A string of jsonb is shorter than this (jsonb.h, JENTRY_OFFLENMASK): a larger number means any number.
constexpr std::uint32_t longest_text = 1U << 28;

constexpr std::array<CodePointRange, 1> digits = {{{'0', '9'}}};
constexpr std::array<CodePointRange, 4> word_characters = {{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}};
constexpr std::array<CodePointRange, 10> white_space = {{{0x9, 0xD},
                                                         {0x20, 0x20},
                                                         {0xA0, 0xA0},
                                                         {0x1680, 0x1680},
                                                         {0x2000, 0x200A},
                                                         {0x2028, 0x2029},
                                                         {0x202F, 0x202F},
                                                         {0x205F, 0x205F},
                                                         {0x3000, 0x3000},
                                                         {0xFEFF, 0xFEFF}}};
constexpr std::array<CodePointRange, 3> line_terminators = {{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};

bool is_digit(CodePoint c) {
    return c >= '0' && c <= '9';
}

bool is_letter(CodePoint c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Tells whether a name of a group may contain the character. Beyond ASCII, ECMA-262 allows only letters and
/// digits of Unicode.
bool is_name_character(CodePoint c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '$' || (c >= 0x80 && c <= pg::last_code_point);
}

bool is_high_surrogate(CodePoint c) {
    return c >= 0xD800 && c <= 0xDBFF;
}

bool is_low_surrogate(CodePoint c) {
    return c >= 0xDC00 && c <= 0xDFFF;
}

CodePoint joined(CodePoint high, CodePoint low) {
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/// A set that an escape stands for, such as \d or \W.
struct NamedSet {
    std::span<const CodePointRange> ranges;
    bool is_negated;
};

/// The outcome of reading an escape or an element of a class: a character or a set.
struct Element {
    bool is_set;
    CodePoint character;
    NamedSet set;
};

/// A group with its name.
struct Name {
    std::span<const CodePoint> text;
    PatternNode* node;
};

/// A back reference by name or, if the name is empty, by number.
struct Reference {
    std::span<const CodePoint> name;
    std::uint32_t number;
    PatternNode* node;
};

class PatternParser {
public:
    PatternParser(pg::MemoryContext context, std::span<const CodePoint> pattern)
        : context_(context), pattern_(pattern), groups_(context), names_(context), references_(context) {}

    PatternTree parse() {
        root_ = container_ = new_node(Kind::group, nullptr);
        begin_alternative();
        while (fault_ == nullptr && at_ < pattern_.size())
            read_term();
        if (fault_ == nullptr && container_ != root_)
            fail("a group is not closed");
        find_empty(*root_);
        if (!references_.is_empty())
            set_depths();
        for (const Reference& reference : references_) {
            if (fault_ == nullptr)
                resolve(reference);
        }
        number_groups();
        return {root_, fault_};
    }

private:
    // ---- characters

    /// Tells whether the pattern goes on with that ASCII text.
    bool sees(std::string_view text) const {
        return pattern_.size() - at_ >= text.size() &&
               std::equal(text.begin(), text.end(), pattern_.begin() + static_cast<std::ptrdiff_t>(at_),
                          [](char a, CodePoint b) { return static_cast<unsigned char>(a) == b; });
    }

    bool skip(std::string_view text) {
        if (!sees(text))
            return false;
        at_ += text.size();
        return true;
    }

    bool has_more() const { return at_ < pattern_.size(); }
    CodePoint look() const { return has_more() ? pattern_[at_] : pg::last_code_point + 1; }

    /// Keeps the first fault. `start` is the index of the character that it is about.
    void fail(const char* words, std::size_t start) {
        if (fault_ == nullptr)
            fault_ = pg::format("%s, at character %zu of the regular expression", words, start + 1);
    }
    void fail(const char* words) {
        if (fault_ == nullptr)
            fault_ = words;
    }

    // ---- the tree

    PatternNode* new_node(Kind kind, PatternNode* parent) {
        auto* node = pg::allocate_array<PatternNode>(context_, 1);
        *node = {};
        node->kind = kind;
        adopt(parent, node);
        return node;
    }

    void adopt(PatternNode* parent, PatternNode* node) {
        node->parent = parent;
        if (parent == nullptr)
            return;
        node->previous = parent->last_child;
        node->position = node->previous == nullptr ? 0 : node->previous->position + 1;
        (node->previous == nullptr ? parent->first_child : node->previous->next) = node;
        parent->last_child = node;
    }

    void begin_alternative() { sequence_ = new_node(Kind::sequence, container_); }

    PatternNode* add(Kind kind) { return new_node(kind, sequence_); }

    void add_character(CodePoint c) { add(Kind::character)->character = c; }

    void add_set(NamedSet set) {
        PatternNode* node = add(Kind::set);
        node->ranges = set.ranges;
        node->is_negated = set.is_negated;
    }

    void add_element(const Element& element) {
        if (element.is_set)
            add_set(element.set);
        else
            add_character(element.character);
    }

    // ---- terms

    void read_term() {
        const std::size_t start = at_;
        const CodePoint c = pattern_[at_++];
        switch (c) {
        case '|':
            begin_alternative();
            break;
        case '(':
            open_group(start);
            break;
        case ')':
            close_group(start);
            break;
        case '^':
            add(Kind::start);
            break;
        case '$':
            add(Kind::end);
            break;
        case '.':
            add_set({line_terminators, true});
            break;
        case '[':
            read_class(start);
            break;
        case '\\':
            read_escape(start);
            break;
        case '*':
            repeat(start, 0, PatternNode::unlimited);
            break;
        case '+':
            repeat(start, 1, PatternNode::unlimited);
            break;
        case '?':
            repeat(start, 0, 1);
            break;
        case '{':
            read_brace(start);
            break;
        default:
            add_character(c);
        }
    }

    void open_group(std::size_t start) {
        PatternNode* node = add(Kind::group);
        if (++open_groups_ > deepest_nesting)
            return fail("its groups are nested too deeply");
        if (!skip("?")) {
            groups_.add(node);
        } else if (skip("=") || skip("!")) {
            node->kind = Kind::lookaround;
            node->is_negated = pattern_[at_ - 1] == '!';
        } else if (skip("<=") || skip("<!")) {
            node->kind = Kind::lookaround;
            node->is_behind = true;
            node->is_negated = pattern_[at_ - 1] == '!';
        } else if (skip("<")) {
            const std::span<const CodePoint> name = read_name(start);
            for (const Name& other : names_) {
                if (std::equal(name.begin(), name.end(), other.text.begin(), other.text.end()))
                    return fail("two groups have the same name", start);
            }
            names_.add({name, node});
            groups_.add(node);
        } else if (!skip(":")) {
            return fail("\"(?\" is not followed by \":\", \"=\", \"!\" or \"<\"", start);
        }
        container_ = node;
        begin_alternative();
    }

    void close_group(std::size_t start) {
        if (container_ == root_)
            return fail("\")\" closes no group", start);
        --open_groups_;
        sequence_ = container_->parent;
        container_ = sequence_->parent;
    }

    /// Reads the name of a group up to ">".
    std::span<const CodePoint> read_name(std::size_t start) {
        const std::size_t first = at_;
        while (is_name_character(look()))
            ++at_;
        const std::span<const CodePoint> name = pattern_.subspan(first, at_ - first);
        if (name.empty() || is_digit(name[0]) || !skip(">"))
            fail("the name of the group is not valid", start);
        return name;
    }

    // ---- quantifiers

    void read_brace(std::size_t start) {
        std::uint32_t least = 0;
        std::uint32_t most = 0;
        const bool is_quantifier = [&] {
            if (!read_number(least))
                return false;
            most = least;
            if (skip(",") && !read_number(most))
                most = PatternNode::unlimited;
            return skip("}");
        }();
        if (!is_quantifier) {
            at_ = start + 1;
            return add_character('{');
        }
        if (least > most)
            return fail("the numbers in braces are out of order", start);
        repeat(start, least, most >= longest_text ? PatternNode::unlimited : most);
    }

    bool read_number(std::uint32_t& number) {
        if (!is_digit(look()))
            return false;
        std::uint64_t value = 0;
        for (; is_digit(look()); ++at_)
            value = std::min<std::uint64_t>(10 * value + (look() - '0'), PatternNode::unlimited - 1);
        number = static_cast<std::uint32_t>(value);
        return true;
    }

    /// Repeats the last term. A "?" after a quantifier makes it prefer less, which does not change whether a
    /// text matches.
    void repeat(std::size_t start, std::uint32_t least, std::uint32_t most) {
        skip("?");
        PatternNode* term = sequence_->last_child;
        if (term == nullptr || !can_repeat(*term))
            return fail("a quantifier has nothing to repeat", start);
        sequence_->last_child = term->previous;
        (term->previous == nullptr ? sequence_->first_child : term->previous->next) = nullptr;
        PatternNode* node = add(Kind::repeat);
        node->least = least;
        node->most = most;
        adopt(node, term);
    }

    static bool can_repeat(const PatternNode& term) {
        switch (term.kind) {
        case Kind::character:
        case Kind::set:
        case Kind::group:
        case Kind::back_reference:
            return true;
        case Kind::lookaround:
            return !term.is_behind;
        default:
            return false;
        }
    }

    // ---- escapes

    void read_escape(std::size_t start) {
        if (skip("b")) {
            add(Kind::word_boundary);
        } else if (skip("B")) {
            add(Kind::not_word_boundary);
        } else if (skip("k")) {
            if (!skip("<"))
                return fail("\"\\k\" is not followed by the name of a group", start);
            const std::span<const CodePoint> name = read_name(start);
            references_.add({name, 0, add(Kind::back_reference)});
        } else if (look() >= '1' && look() <= '9') {
            std::uint32_t number = 0;
            read_number(number);
            references_.add({{}, number, add(Kind::back_reference)});
        } else {
            const Element element = read_element_escape(start);
            if (fault_ == nullptr)
                add_element(element);
        }
    }

    /// Reads an escape that may also be in a class.
    Element read_element_escape(std::size_t start) {
        if (!has_more()) {
            fail("a backslash at the end escapes nothing");
            return {};
        }
        const CodePoint c = pattern_[at_++];
        switch (c) {
        case 'd':
        case 'D':
            return {true, 0, {digits, c == 'D'}};
        case 'w':
        case 'W':
            return {true, 0, {word_characters, c == 'W'}};
        case 's':
        case 'S':
            return {true, 0, {white_space, c == 'S'}};
        case 'p':
        case 'P':
            return {true, 0, {read_property(start), c == 'P'}};
        default:
            return {false, read_character_escape(c, start), {}};
        }
    }

    /// Reads the name of a Unicode property in braces.
    std::span<const CodePointRange> read_property(std::size_t start) {
        CharacterSet set(context_);
        constexpr std::size_t longest_name = 64;
        std::array<char, longest_name> name{};
        std::size_t size = 0;
        if (skip("{")) {
            for (; size < longest_name && (is_name_character(look()) || look() == '='); ++at_)
                name[size++] = look() < 0x80 ? static_cast<char>(look()) : '\0';
        }
        if (!skip("}") || !add_unicode_property(set, {name.data(), size}))
            fail("the Unicode property is not known", start);
        set.normalize();
        return set.ranges();
    }

    CodePoint read_character_escape(CodePoint c, std::size_t start) {
        switch (c) {
        case 't':
            return '\t';
        case 'n':
            return '\n';
        case 'v':
            return '\v';
        case 'f':
            return '\f';
        case 'r':
            return '\r';
        case 'c':
            if (is_letter(look()))
                return pattern_[at_++] % 32;
            break;
        case 'x':
            return read_hex(2, start);
        case 'u':
            return read_unicode_escape(start);
        case '0':
            if (!is_digit(look()))
                return 0;
            break;
        default:
            if (!is_letter(c) && !is_digit(c))
                return c;
        }
        fail("the escape is not one of ECMA-262", start);
        return 0;
    }

    /// Reads that many hexadecimal digits.
    CodePoint read_hex(std::size_t count, std::size_t start) {
        CodePoint value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const int digit = look() < 0x80 ? pg::hex_digit(static_cast<char>(look())) : -1;
            if (digit < 0) {
                fail("the escape lacks hexadecimal digits", start);
                return 0;
            }
            value = 16 * value + static_cast<CodePoint>(digit);
            ++at_;
        }
        return value;
    }

    CodePoint read_unicode_escape(std::size_t start) {
        if (skip("{")) {
            CodePoint value = 0;
            do {
                value = std::min<CodePoint>(16 * value + read_hex(1, start), pg::last_code_point + 1);
            } while (fault_ == nullptr && !skip("}"));
            if (value > pg::last_code_point)
                fail("the escape is not a code point of Unicode", start);
            return value;
        }
        const CodePoint high = read_hex(4, start);
        const std::size_t after_high = at_;
        if (is_high_surrogate(high) && skip("\\u") && is_hex_at(4)) {
            const CodePoint low = read_hex(4, start);
            if (is_low_surrogate(low))
                return joined(high, low);
        }
        at_ = after_high;
        return high;
    }

    bool is_hex_at(std::size_t count) const {
        if (pattern_.size() - at_ < count)
            return false;
        const std::span<const CodePoint> next = pattern_.subspan(at_, count);
        return std::all_of(next.begin(), next.end(),
                           [](CodePoint c) { return c < 0x80 && pg::hex_digit(static_cast<char>(c)) >= 0; });
    }

    // ---- classes

    void read_class(std::size_t start) {
        const bool is_negated = skip("^");
        CharacterSet set(context_);
        while (!skip("]")) {
            if (!has_more())
                return fail("a class of characters is not closed", start);
            const std::size_t first_start = at_;
            const Element first = read_class_element();
            if (!sees("-") || sees("-]")) {
                add_to(set, first);
            } else {
                skip("-");
                if (!has_more())
                    return fail("a class of characters is not closed", start);
                add_range(set, first, read_class_element(), first_start);
            }
            if (fault_ != nullptr)
                return;
        }
        set.normalize();
        add_set({set.ranges(), is_negated});
    }

    Element read_class_element() {
        const std::size_t start = at_;
        const CodePoint c = pattern_[at_++];
        if (c != '\\')
            return {false, c, {}};
        if (skip("b"))
            return {false, '\b', {}};
        if (skip("-"))
            return {false, '-', {}};
        return read_element_escape(start);
    }

    static void add_to(CharacterSet& set, const Element& element) {
        if (!element.is_set)
            set.add(element.character);
        else if (element.set.is_negated)
            set.add_complement(element.set.ranges);
        else
            set.add(element.set.ranges);
    }

    /// Adds a range. Without the flag u, a "-" beside a set is a character (B.1.2.8.1).
    void add_range(CharacterSet& set, const Element& first, const Element& last, std::size_t start) {
        if (first.is_set || last.is_set) {
            add_to(set, first);
            set.add('-');
            add_to(set, last);
        } else if (first.character > last.character) {
            fail("the range is out of order", start);
        } else {
            set.add(CodePointRange{first.character, last.character});
        }
    }

    // ---- back references

    /// Finds out which nodes can match the empty text.
    static void find_empty(PatternNode& node) {
        bool is_any_empty = node.first_child == nullptr;
        bool are_all_empty = true;
        for (PatternNode* child = node.first_child; child != nullptr; child = child->next) {
            find_empty(*child);
            is_any_empty = is_any_empty || child->can_be_empty;
            are_all_empty = are_all_empty && child->can_be_empty;
        }
        switch (node.kind) {
        case Kind::character:
        case Kind::set:
            node.can_be_empty = false;
            break;
        case Kind::sequence:
            node.can_be_empty = are_all_empty;
            break;
        case Kind::group:
            node.can_be_empty = is_any_empty;
            break;
        case Kind::repeat:
            node.can_be_empty = node.least == 0 || is_any_empty;
            break;
        default:
            node.can_be_empty = true;
        }
    }

    /// Sets what the nodes know about their ancestors.
    void set_depths() {
        for (PatternNode* node = root_->first_child; node != root_;) {
            node->depth = node->parent->depth + 1;
            node->is_in_lookaround = node->parent->is_in_lookaround || node->parent->kind == Kind::lookaround;
            if (node->first_child != nullptr) {
                node = node->first_child;
                continue;
            }
            while (node != root_ && node->next == nullptr)
                node = node->parent;
            if (node != root_)
                node = node->next;
        }
    }

    /// Finds the group of a back reference, and whether PostgreSQL can know what it has matched.
    ///
    /// In ECMA-262, a reference to a group that has not matched is empty. In an ARE, it matches nothing at
    /// all. So the reference becomes empty if the group cannot have matched before it. It stays if the group
    /// must have matched, and is refused if both are possible. Each turn of a repetition forgets its groups.
    void resolve(const Reference& reference) {
        PatternNode* node = reference.node;
        PatternNode* group = find_group(reference);
        if (group == nullptr)
            return fail("a back reference means a group that does not exist");
        if (node->is_in_lookaround)
            return fail("a back reference is inside a lookahead or lookbehind");
        switch (relation_of(*group, *node)) {
        case Relation::never_matched:
            node->kind = Kind::group;
            return;
        case Relation::unknown:
            return fail("a back reference means a group whose last match is uncertain");
        case Relation::matched:
            node->group = group;
            group->number = 1;
        }
    }

    /// Counts the groups that back references mean.
    void number_groups() {
        std::uint32_t count = 0;
        for (PatternNode* group : groups_) {
            if (group->number > 0)
                group->number = ++count;
        }
    }

    PatternNode* find_group(const Reference& reference) const {
        if (reference.number > 0)
            return reference.number <= groups_.size() ? groups_[reference.number - 1] : nullptr;
        for (const Name& name : names_) {
            if (std::equal(name.text.begin(), name.text.end(), reference.name.begin(), reference.name.end()))
                return name.node;
        }
        return nullptr;
    }

    enum class Relation : std::uint8_t { matched, never_matched, unknown };

    static Relation relation_of(const PatternNode& group, const PatternNode& reference) {
        const PatternNode* from = &group;
        const PatternNode* to = &reference;
        while (to->depth > from->depth)
            to = to->parent;
        if (to == from)
            return Relation::never_matched;
        // Go up to the children of the lowest common ancestor.
        Relation relation = Relation::matched;
        while (from->parent != to->parent) {
            if (from->depth == to->depth)
                to = to->parent;
            if (relation == Relation::matched)
                relation = relation_inside(*from->parent, *from, group);
            from = from->parent;
        }
        const bool is_later = from->parent->kind == Kind::sequence && from->position < to->position;
        return is_later ? relation : Relation::never_matched;
    }

    /// Tells what is known about a group after its ancestor has matched.
    static Relation relation_inside(const PatternNode& ancestor, const PatternNode& child,
                                    const PatternNode& group) {
        if (ancestor.kind == Kind::lookaround)
            return ancestor.is_negated ? Relation::never_matched : Relation::unknown;
        if (ancestor.kind == Kind::group && ancestor.first_child != ancestor.last_child)
            return Relation::unknown;
        // What is optional itself can match the empty text instead.
        if (ancestor.kind != Kind::repeat)
            return Relation::matched;
        const bool is_optional = ancestor.least == 0 && (ancestor.most != 1 || &child != &group);
        const bool has_empty_turns = ancestor.most > 1 && child.can_be_empty;
        return is_optional || has_empty_turns ? Relation::unknown : Relation::matched;
    }

    pg::MemoryContext context_;
    std::span<const CodePoint> pattern_;
    std::size_t at_ = 0;
    const char* fault_ = nullptr;
    PatternNode* root_ = nullptr;
    PatternNode* container_ = nullptr; // the open group or lookaround
    PatternNode* sequence_ = nullptr;  // its open alternative
    std::uint32_t open_groups_ = 0;
    pg::ArenaList<PatternNode*> groups_;
    pg::ArenaList<Name> names_;
    pg::ArenaList<Reference> references_;
};

} // namespace

PatternTree parse_pattern(pg::MemoryContext context, std::span<const pg::CodePoint> pattern) {
    return PatternParser(context, pattern).parse();
}

} // namespace agentchat
