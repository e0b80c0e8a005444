// The table of Anthropic's server tools: which results of each tool Anthropic takes back, and in which form.
// It follows @ai-sdk/anthropic: the outputSchema of each tool, and convertToAnthropicMessagesPrompt.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat::server_tool {

// ---- what the table is made of

/// Kinds of JSON values, as a set of bits.
using Kinds = std::uint8_t;
constexpr Kinds bit(pg::JsonbView::Kind kind) {
    return static_cast<Kinds>(1U << static_cast<unsigned>(kind));
}
inline constexpr Kinds null = bit(pg::JsonbView::Kind::null);
inline constexpr Kinds text = bit(pg::JsonbView::Kind::string);
inline constexpr Kinds number = bit(pg::JsonbView::Kind::number);
inline constexpr Kinds boolean = bit(pg::JsonbView::Kind::boolean);
inline constexpr Kinds array = bit(pg::JsonbView::Kind::array);
inline constexpr Kinds object = bit(pg::JsonbView::Kind::object);

using Names = std::span<const std::string_view>;

struct Shape;

/// A list of shapes. A std::span would need the definition of Shape, which has such lists itself.
class Shapes {
public:
    constexpr Shapes() = default;
    template <std::size_t count>
    constexpr Shapes(const std::array<Shape, count>& shapes)
        : begin_(shapes.data()), end_(shapes.data() + count) {}

    constexpr const Shape* begin() const { return begin_; }
    constexpr const Shape* end() const { return end_; }
    constexpr bool empty() const { return begin_ == end_; }

private:
    const Shape* begin_ = nullptr;
    const Shape* end_ = nullptr;
};

/// What is sent if an object lacks a key. `invalid` means that the object is refused.
enum class Absent : std::uint8_t { invalid, nothing, empty_array };

/// A key of an object.
struct Key {
    /// Its name in the AI SDK's result.
    std::string_view name;
    /// The kinds that its value may have.
    Kinds kinds;
    /// Anthropic's name for it; empty if it is the same.
    std::string_view sent_as = {};
    /// The only text that its value may be; empty if any text will do.
    std::string_view only = {};
    /// The kinds that the elements of an array may have, unless they are objects.
    Kinds elements = 0;
    /// The shapes that an object, or each object in an array, may have.
    Shapes shapes = {};
    Absent absent = Absent::invalid;
    /// Whether it is the title of a document. A text that Anthropic does not take as such is sent as null.
    bool is_title = false;
};

/// An object.
struct Shape {
    /// The value of its key `type`; empty if the key does not matter.
    std::string_view type;
    /// The keys that are sent, in this order, if the object has them.
    std::span<const Key> keys;
    /// The type of the block that it is sent in; empty if it is not a result by itself.
    std::string_view block = {};
    /// The keys that it must have; all if empty.
    Names required = {};
    /// One more key, which has another meaning in other shapes. It is sent last.
    std::span<const Key> own_key = {};
};

/// A type that the input of a call may have. The AI SDK needs it to tell tools apart; it is not sent.
struct InputType {
    std::string_view type;
    /// Whether the type is Anthropic's name for the tool.
    bool is_name;
};

/// A row of the table.
struct ServerTool {
    /// The AI SDK's name for the tool.
    std::string_view name;
    bool has_input = true;
    std::span<const InputType> input_types = {};

    /// The shapes that its result may have; if `returns_array`, those that each element may have.
    Shapes results = {};
    bool returns_array = false;
    /// The type of the object in which the array is sent, and the key of the array in it. Both are empty if
    /// the array is sent by itself.
    std::string_view array_type = {};
    std::string_view array_key = {};

    /// The types that its errors may have. An error that names none of them gets the first. A call that
    /// failed is not sent if there are no types.
    Names errors = {};
    /// The code of an error that gives none.
    std::string_view unknown_code = "unavailable";
    /// Whether an error may also be the output of a call that succeeded.
    bool returns_errors = false;
};

// ---- web search

inline constexpr std::array search_keys{
    Key{"url", text},
    Key{"title", text | null},
    Key{"type", text},
    Key{"pageAge", text | null, "page_age"},
    Key{"encryptedContent", text, "encrypted_content"},
};
inline constexpr std::array search_results{
    Shape{"web_search_result", search_keys, "web_search_tool_result"},
};
inline constexpr std::array<std::string_view, 1> search_errors{"web_search_tool_result_error"};

// ---- web fetch

inline constexpr std::array pdf_keys{
    Key{"type", text},
    Key{"data", text},
    Key{"mediaType", text, "media_type", "application/pdf"},
};
inline constexpr std::array plain_text_keys{
    Key{"type", text},
    Key{"data", text},
    Key{"mediaType", text, "media_type", "text/plain"},
};
inline constexpr std::array fetched_sources{
    Shape{"base64", pdf_keys},
    Shape{"text", plain_text_keys},
};
inline constexpr std::array citation_keys{Key{"enabled", boolean}};
inline constexpr std::array fetched_citations{Shape{"", citation_keys}};
inline constexpr std::array document_keys{
    Key{"type", text},
    Key{.name = "title", .kinds = text | null, .is_title = true},
    Key{.name = "citations", .kinds = object, .shapes = fetched_citations, .absent = Absent::nothing},
    Key{.name = "source", .kinds = object, .shapes = fetched_sources},
};
inline constexpr std::array fetched_documents{Shape{"document", document_keys}};
inline constexpr std::array fetch_keys{
    Key{"type", text},
    Key{"url", text},
    Key{"retrievedAt", text | null, "retrieved_at"},
    Key{.name = "content", .kinds = object, .shapes = fetched_documents},
};
inline constexpr std::array fetch_results{
    Shape{"web_fetch_result", fetch_keys, "web_fetch_tool_result"},
};
inline constexpr std::array<std::string_view, 1> fetch_errors{"web_fetch_tool_result_error"};

// ---- code execution, which has a shell and an editor: tools within the tool, with blocks of their own

inline constexpr std::string_view code_block = "code_execution_tool_result";
inline constexpr std::string_view bash_block = "bash_code_execution_tool_result";
inline constexpr std::string_view editor_block = "text_editor_code_execution_tool_result";

inline constexpr std::array code_keys{
    Key{"type", text},
    Key{"stdout", text},
    Key{"encrypted_stdout", text},
    Key{"stderr", text},
    Key{"return_code", number},
    Key{"error_code", text},
    Key{"file_type", text},
    Key{"num_lines", number | null},
    Key{"start_line", number | null},
    Key{.name = "lines", .kinds = array | null, .elements = text},
    Key{"total_lines", number | null},
    Key{"is_file_update", boolean},
    Key{"new_lines", number | null},
    Key{"new_start", number | null},
    Key{"old_lines", number | null},
    Key{"old_start", number | null},
};
inline constexpr std::array file_keys{Key{"type", text}, Key{"file_id", text}};
inline constexpr std::array code_files{Shape{"code_execution_output", file_keys}};
inline constexpr std::array bash_files{Shape{"bash_code_execution_output", file_keys}};
inline constexpr std::array code_content{
    Key{.name = "content", .kinds = array, .shapes = code_files, .absent = Absent::empty_array},
};
inline constexpr std::array bash_content{Key{.name = "content", .kinds = array, .shapes = bash_files}};
inline constexpr std::array view_content{Key{"content", text}};

inline constexpr std::array<std::string_view, 3> run_required{"stdout", "stderr", "return_code"};
inline constexpr std::array<std::string_view, 3> encrypted_required{"encrypted_stdout", "stderr",
                                                                    "return_code"};
inline constexpr std::array<std::string_view, 1> error_required{"error_code"};
inline constexpr std::array<std::string_view, 4> view_required{"file_type", "num_lines", "start_line",
                                                               "total_lines"};
inline constexpr std::array<std::string_view, 1> create_required{"is_file_update"};
inline constexpr std::array<std::string_view, 5> replace_required{"lines", "new_lines", "new_start",
                                                                  "old_lines", "old_start"};
inline constexpr std::array code_results{
    Shape{"code_execution_result", code_keys, code_block, run_required, code_content},
    Shape{"encrypted_code_execution_result", code_keys, code_block, encrypted_required, code_content},
    Shape{"bash_code_execution_result", code_keys, bash_block, run_required, bash_content},
    Shape{"bash_code_execution_tool_result_error", code_keys, bash_block, error_required},
    Shape{"text_editor_code_execution_view_result", code_keys, editor_block, view_required, view_content},
    Shape{"text_editor_code_execution_create_result", code_keys, editor_block, create_required},
    Shape{"text_editor_code_execution_str_replace_result", code_keys, editor_block, replace_required},
    Shape{"text_editor_code_execution_tool_result_error", code_keys, editor_block, error_required},
};
inline constexpr std::array<std::string_view, 2> code_errors{
    "bash_code_execution_tool_result_error",
    "code_execution_tool_result_error",
};
inline constexpr std::array code_inputs{
    InputType{"bash_code_execution", true},
    InputType{"text_editor_code_execution", true},
    InputType{"programmatic-tool-call", false},
};

// ---- tool search

inline constexpr std::array reference_keys{Key{"type", text}, Key{"toolName", text, "tool_name"}};
inline constexpr std::array reference_results{
    Shape{"tool_reference", reference_keys, "tool_search_tool_result"},
};
inline constexpr std::array<std::string_view, 1> reference_errors{"tool_search_tool_result_error"};

// ---- advisor

inline constexpr std::string_view advice_block = "advisor_tool_result";
inline constexpr std::array advice_keys{
    Key{"type", text},
    Key{"text", text},
    Key{"encryptedContent", text, "encrypted_content"},
    Key{"errorCode", text, "error_code"},
};
inline constexpr std::array<std::string_view, 1> advice_required{"text"};
inline constexpr std::array<std::string_view, 1> redacted_advice_required{"encryptedContent"};
inline constexpr std::array<std::string_view, 1> advice_error_required{"errorCode"};
inline constexpr std::array advice_results{
    Shape{"advisor_result", advice_keys, advice_block, advice_required},
    Shape{"advisor_redacted_result", advice_keys, advice_block, redacted_advice_required},
    Shape{"advisor_tool_result_error", advice_keys, advice_block, advice_error_required},
};

// ---- the table

/// Returns the row of a tool search. The two searches differ in nothing but their names and inputs.
constexpr ServerTool tool_search(std::string_view name) {
    return {.name = name,
            .results = reference_results,
            .returns_array = true,
            .array_type = "tool_search_tool_search_result",
            .array_key = "tool_references",
            .errors = reference_errors,
            .returns_errors = true};
}

inline constexpr std::array table{
    ServerTool{
        .name = "web_search", .results = search_results, .returns_array = true, .errors = search_errors},
    ServerTool{.name = "web_fetch", .results = fetch_results, .errors = fetch_errors},
    ServerTool{.name = "code_execution",
               .input_types = code_inputs,
               .results = code_results,
               .errors = code_errors,
               .unknown_code = "unknown"},
    tool_search("tool_search_tool_regex"),
    tool_search("tool_search_tool_bm25"),
    ServerTool{.name = "advisor", .has_input = false, .results = advice_results},
};

} // namespace agentchat::server_tool
