#include "reading/message_tokens.hpp"

#include <algorithm>
#include <array>

#include "pg/json_text.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// OpenAI's models take three tokens around each message, one for its role, and three before the answer
/// (num_tokens_from_messages() in OpenAI's cookbook, How_to_count_tokens_with_tiktoken.ipynb).
constexpr std::int64_t around_message = 4;
constexpr std::int64_t before_answer = 3;

/// What a file counts, whatever is in it: as much as Anthropic counts for an image of the largest size that
/// it does not scale down. The database does not know the size of an image or the number of pages.
constexpr std::int64_t of_file = 1600;

/// Keys whose values do not reach the model as text, or are counted with the message.
constexpr std::array<std::string_view, 10> not_sent{
    "id",        "role",       "tool_call_id", "tool_use_id", "type", "cache_control",
    "signature", "media_type", "encoding",     "detail"};
/// Keys whose values are the contents of a file, or say where it is.
constexpr std::array<std::string_view, 4> files{"url", "data", "file_data", "file_id"};

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& keys, std::string_view key) noexcept {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Takes what a shape writes, and counts it instead.
class CountingWriter final : public pg::DocumentWriter, public pg::ValueWriter {
public:
    explicit CountingWriter(Tokenizer tokenizer) : tokenizer_(tokenizer) {}

    std::int64_t tokens() const { return tokens_; }
    bool has_elements() const { return has_elements_; }

    pg::ValueWriter& begin_element() override {
        has_elements_ = true;
        tokens_ += around_message;
        return *this;
    }
    void end_element() override {}
    pg::ValueWriter& begin_field(std::string_view name) override {
        key(name);
        return *this;
    }
    void end_field() override {}
    std::size_t size() const override { return 0; }
    pg::Result finish() override { return pg::Result::null(); }

    void begin_object() override {}
    void end_object() override {}
    void begin_array() override {}
    void end_array() override {}
    void key(std::string_view name) override { key_ = name; }

    void string(std::string_view text) override {
        if (is_one_of(files, key_))
            tokens_ += of_file;
        else if (!is_one_of(not_sent, key_))
            count(text);
    }
    void null() override {}
    void boolean(bool value) override { count(value ? "true" : "false"); }
    void integer(std::int64_t number) override {
        pg::JsonText text(pg::current_context());
        text.integer(number);
        count(text.view());
    }
    void uuid(const pg::Uuid& /*uuid*/) override {}
    void timestamp(pg::Timestamp /*timestamp*/, pg::TimestampStyle /*style*/) override {}
    void value(const pg::JsonbView& value) override {
        if (is_one_of(not_sent, key_))
            return;
        stringified(value);
    }
    void stringified(const pg::JsonbView& value) override {
        pg::JsonText text(pg::current_context());
        text.value(value, pg::JsonStyle::javascript);
        count(text.view());
    }

private:
    void count(std::string_view text) {
        tokens_ += static_cast<std::int64_t>(count_tokens(tokenizer_, pg::in_utf8(text)));
    }

    Tokenizer tokenizer_;
    std::int64_t tokens_ = 0;
    bool has_elements_ = false;
    std::string_view key_;
};

} // namespace

MessageTokens MessageTokenCounter::of_message(const StoredMessage& message) const {
    CountingWriter writer(tokenizer_);
    MessageShape& shape = make_(pg::current_context(), writer);
    shape.begin(std::nullopt);
    shape.take(message);
    shape.end();
    return {writer.tokens(), writer.has_elements()};
}

std::int64_t MessageTokenCounter::of_system_prompt(const std::optional<std::string_view>& prompt) const {
    CountingWriter writer(tokenizer_);
    MessageShape& shape = make_(pg::current_context(), writer);
    shape.begin(prompt);
    shape.end();
    return writer.tokens() + before_answer;
}

} // namespace agentchat
