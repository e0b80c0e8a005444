// Implements value_writer.hpp with one class for each interface and encoding.
#include "pg/value_writer.hpp"

#include "pg/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

// ---- text

/// Writes values as JSON text.
class JsonValueWriter final : public ValueWriter {
public:
    explicit JsonValueWriter(JsonText& text) : text_(text) {}

    void begin_object() override { open('{'); }
    void end_object() override { close('}'); }
    void begin_array() override { open('['); }
    void end_array() override { close(']'); }
    void key(std::string_view name) override {
        separate();
        text_.string(name);
        text_.raw(':');
        follows_value_ = false;
    }

    void string(std::string_view text) override {
        separate();
        text_.string(text);
    }
    void null() override {
        separate();
        text_.null();
    }
    void boolean(bool value) override {
        separate();
        text_.boolean(value);
    }
    void integer(std::int64_t number) override {
        separate();
        text_.integer(number);
    }
    void uuid(const Uuid& uuid) override {
        separate();
        text_.uuid(uuid);
    }
    void timestamp(Timestamp timestamp, TimestampStyle style) override {
        separate();
        text_.timestamp(timestamp, style);
    }
    void value(const JsonbView& value) override {
        separate();
        text_.value(value);
    }
    void stringified(const JsonbView& value) override {
        separate();
        JsonText json(CurrentMemoryContext, 0, text_.too_large_hint());
        json.value(value, JsonStyle::javascript);
        text_.string(json.view());
        json.discard();
    }

    /// Prepares for a value that is not part of the previous one. Call it before that value.
    void begin() { follows_value_ = false; }

private:
    /// Writes a comma if a value precedes.
    void separate() {
        if (follows_value_)
            text_.raw(',');
        follows_value_ = true;
    }
    void open(char bracket) {
        CHECK_FOR_INTERRUPTS();
        separate();
        text_.raw(bracket);
        follows_value_ = false;
    }
    void close(char bracket) {
        text_.raw(bracket);
        follows_value_ = true;
    }

    JsonText& text_;
    /// Whether a comma must come before the next value.
    bool follows_value_ = false;
};

/// Writes a document as JSON text.
class JsonDocument final : public DocumentWriter {
public:
    JsonDocument(const DocumentMemory& memory, std::string_view array_name)
        : text_(memory.document, memory.expected_size, memory.too_large_hint), values_(text_),
          is_object_(!array_name.empty()) {
        if (is_object_) {
            text_.raw('{');
            text_.string(array_name);
            text_.raw(':');
        }
        text_.raw('[');
    }

    ValueWriter& begin_element() override {
        if (has_elements_)
            text_.raw(',');
        has_elements_ = true;
        values_.begin();
        return values_;
    }
    void end_element() override {}

    ValueWriter& begin_field(std::string_view name) override {
        end_array();
        text_.raw(',');
        text_.string(name);
        text_.raw(':');
        values_.begin();
        return values_;
    }
    void end_field() override {}

    std::size_t size() const override { return text_.size(); }

    Result finish() override {
        end_array();
        if (is_object_)
            text_.raw('}');
        return text_.finish();
    }

private:
    void end_array() {
        if (!array_ended_)
            text_.raw(']');
        array_ended_ = true;
    }

    JsonText text_;
    JsonValueWriter values_;
    bool is_object_;
    bool has_elements_ = false;
    bool array_ended_ = false;
};

// ---- jsonb

/// Makes one value in stored form. A container is assembled when it ends, from the inside out. Until then,
/// the bytes of its children are at the end of `bytes_`. The container then replaces them.
class JsonbValueWriter final : public JsonbWriter {
public:
    JsonbValueWriter(MemoryContext context, const char* too_large_hint)
        : context_(context), too_large_hint_(too_large_hint), children_(context), containers_(context) {}

    void begin_object() override { begin(true); }
    void end_object() override { end(); }
    void begin_array() override { begin(false); }
    void end_array() override { end(); }
    void key(std::string_view name) override {
        key_ = {used_, name.size()};
        add_bytes(name.data(), name.size());
    }

    void string(std::string_view text) override { add(JENTRY_ISSTRING, text.data(), text.size()); }
    void null() override { add(JENTRY_ISNULL, nullptr, 0); }
    void boolean(bool value) override { add(value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE, nullptr, 0); }
    void integer(std::int64_t number) override {
        Numeric numeric = int64_to_numeric(number);
        add(JENTRY_ISNUMERIC, numeric, VARSIZE(numeric));
        pfree(numeric);
    }
    void uuid(const Uuid& uuid) override {
        char text[uuid_text_size];
        write_uuid(uuid, text);
        string({text, sizeof(text)});
    }
    void timestamp(Timestamp timestamp, TimestampStyle style) override {
        char text[timestamp_text_room];
        const std::size_t size = write_timestamp(timestamp, style, text);
        if (size == 0)
            null();
        else
            string({text, size});
    }
    void value(const JsonbView& value) override {
        add(stored::entry_type(value), value.data(), value.size());
    }
    void stringified(const JsonbView& value) override {
        JsonText json(context_, 0, too_large_hint_);
        json.value(value, JsonStyle::javascript);
        string(json.view());
        json.discard();
    }

    /// Returns the value, which is valid until clear().
    JsonbPiece piece() const {
        const Child& child = children_[0];
        return {child.type, child.value.size, bytes_ + child.value.offset, nullptr};
    }
    void clear() {
        used_ = 0;
        children_.shorten(0);
    }

    std::uintptr_t finish() override {
        const JsonbPiece written = piece();
        const std::uintptr_t value = JsonbView::of_child(written.type, written.data, written.size).copy();
        clear();
        return value;
    }

private:
    /// Marks a range of bytes_.
    struct Place {
        std::size_t offset;
        std::size_t size;
    };
    struct Child {
        std::uint32_t type;
        Place key;
        Place value;
    };
    struct Container {
        bool is_object;
        /// The key of the container itself, if it is in an object.
        Place key;
        std::size_t first_child;
        std::size_t first_byte;
    };

    std::string_view text(const Place& place) const { return {bytes_ + place.offset, place.size}; }

    void reserve(std::size_t more) {
        if (room_ - used_ >= more)
            return;
        constexpr std::size_t smallest_room = 8192;
        room_ = std::max({smallest_room, used_ + more, std::min<std::size_t>(2 * room_, MaxAllocSize)});
        bytes_ =
            static_cast<char*>(bytes_ == nullptr ? allocate(context_, room_) : reallocate(bytes_, room_));
    }
    /// Adds bytes. All bytes go into the value; therefore this check reports early that the value will be too
    /// large.
    void add_bytes(const void* data, std::size_t size) {
        check_jsonb_size(used_ + size, too_large_hint_);
        reserve(size);
        if (size > 0)
            std::memcpy(bytes_ + used_, data, size);
        used_ += size;
    }
    void add(std::uint32_t type, const void* data, std::size_t size) {
        add_bytes(data, size);
        add_child({type, key_, {used_ - size, size}});
    }
    void add_child(const Child& child) { children_.add(child); }

    void begin(bool is_object) {
        CHECK_FOR_INTERRUPTS();
        containers_.add({is_object, key_, children_.size(), used_});
    }

    /// Assembles the innermost container.
    void end() {
        const Container container = containers_.remove_last();
        const std::span<Child> children = children_.span().subspan(container.first_child);
        if (container.is_object)
            std::sort(children.begin(), children.end(), [this](const Child& a, const Child& b) {
                return stored::key_before(text(a.key), text(b.key));
            });

        const std::size_t parts = container.is_object ? 2 * children.size() : children.size();
        const std::size_t head = sizeof(std::uint32_t) + parts * sizeof(JEntry);
        std::size_t most = head;
        for (const Child& child : children)
            most += child.key.size + sizeof(std::uint32_t) + child.value.size;
        check_jsonb_size(most, too_large_hint_);
        reserve(most);

        char* to = bytes_ + used_;
        stored::store_uint32(to, static_cast<std::uint32_t>(children.size()) |
                                     (container.is_object ? JB_FOBJECT : JB_FARRAY));
        stored::EntryWriter entries(to + sizeof(std::uint32_t));
        char* data = to + head;
        if (container.is_object)
            for (const Child& child : children) {
                text(child.key).copy(data + entries.offset(), child.key.size);
                entries.add(JENTRY_ISSTRING, child.key.size);
            }
        for (const Child& child : children) {
            const std::size_t front = stored::padding_before(child.type, entries.offset());
            std::memset(data + entries.offset(), 0, front);
            text(child.value).copy(data + entries.offset() + front, child.value.size);
            entries.add(child.type, front + child.value.size);
        }

        const std::size_t size = head + entries.offset();
        std::memmove(bytes_ + container.first_byte, to, size);
        used_ = container.first_byte + size;
        children_.shorten(container.first_child);
        add_child({JENTRY_ISCONTAINER, container.key, {container.first_byte, size}});
    }

    MemoryContext context_;
    const char* too_large_hint_;
    char* bytes_ = nullptr;
    std::size_t used_ = 0;
    std::size_t room_ = 0;
    /// The last key.
    Place key_{};
    /// The children of all open containers. The children of the innermost container are last.
    ArenaList<Child> children_;
    ArenaList<Container> containers_;
};

/// Writes a document as jsonb.
class JsonbDocument final : public DocumentWriter {
public:
    JsonbDocument(const DocumentMemory& memory, std::string_view array_name)
        : context_(memory.context), values_(memory.context, memory.too_large_hint),
          array_(JsonbArray::make(memory.context, memory.document, memory.expected_size, 0,
                                  memory.too_large_hint)),
          fields_(memory.context) {
        if (!array_name.empty())
            add_field(array_name, jsonb_array(*array_));
    }

    ValueWriter& begin_element() override { return values_; }
    void end_element() override {
        const JsonbPiece object = values_.piece();
        array_->append({object.data, object.size});
        values_.clear();
    }

    ValueWriter& begin_field(std::string_view name) override {
        add_field(copy_text(context_, name), {});
        return values_;
    }
    void end_field() override {
        JsonbPiece& value = fields_.last().value;
        value = values_.piece();
        value.data = copy_text(context_, {value.data, value.size}).data();
        values_.clear();
    }

    std::size_t size() const override { return array_->size(); }

    Result finish() override {
        if (fields_.is_empty())
            return jsonb_array_result(*array_);
        return jsonb_object(fields_.span(), *array_);
    }

private:
    void add_field(std::string_view name, const JsonbPiece& value) { fields_.add({name, value}); }

    MemoryContext context_;
    JsonbValueWriter values_;
    JsonbArray* array_;
    ArenaList<JsonbField> fields_;
};

} // namespace

JsonbWriter& jsonb_writer(MemoryContext context, const char* too_large_hint) {
    return *new (allocate(context, sizeof(JsonbValueWriter))) JsonbValueWriter(context, too_large_hint);
}

DocumentWriter& json_document(const DocumentMemory& memory, std::string_view array_name) {
    return *new (allocate(memory.context, sizeof(JsonDocument))) JsonDocument(memory, array_name);
}

DocumentWriter& jsonb_document(const DocumentMemory& memory, std::string_view array_name) {
    return *new (allocate(memory.context, sizeof(JsonbDocument))) JsonbDocument(memory, array_name);
}

} // namespace agentchat::pg
