// Fuzzes what writes and reads jsonb in its stored form: PostgreSQL's own builder makes the same bytes of the
// same values, and finds the same children.
#include <array>
#include <memory>
#include <set>

#include "pg/jsonb.hpp"
#include "pg/prelude.hpp"
#include "pg/value_writer.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

using pg::JsonbView;
using pg::ValueWriter;

constexpr char hint[] = "";

// ---- PostgreSQL's builder

JsonbValue string_value(std::string_view text) {
    JsonbValue value;
    value.type = jbvString;
    value.val.string.len = static_cast<int>(text.size());
    value.val.string.val = pnstrdup(text.data(), text.size());
    return value;
}

/// Returns a value that pushJsonbValue() takes: a scalar, or a container that it takes apart.
JsonbValue value_in(std::uintptr_t datum) {
    Jsonb* jsonb = DatumGetJsonbP(datum);
    JsonbValue value;
    if (JsonbExtractScalar(&jsonb->root, &value))
        return value;
    value.type = jbvBinary;
    value.val.binary.data = &jsonb->root;
    value.val.binary.len = static_cast<int>(VARSIZE(jsonb) - VARHDRSZ);
    return value;
}

/// Writes values by pushJsonbValue(), of which jsonb_agg() and jsonb_build_object() consist.
class PushWriter final : public ValueWriter {
public:
    void begin_object() override { push(WJB_BEGIN_OBJECT, nullptr); }
    void end_object() override { push(WJB_END_OBJECT, nullptr); }
    void begin_array() override { push(WJB_BEGIN_ARRAY, nullptr); }
    void end_array() override { push(WJB_END_ARRAY, nullptr); }
    void key(std::string_view name) override {
        JsonbValue key = string_value(name);
        push(WJB_KEY, &key);
    }

    void string(std::string_view text) override { add(string_value(text)); }
    void null() override { add({.type = jbvNull, .val = {}}); }
    void boolean(bool truth) override {
        JsonbValue value;
        value.type = jbvBool;
        value.val.boolean = truth;
        add(value);
    }
    void integer(std::int64_t number) override {
        JsonbValue value;
        value.type = jbvNumeric;
        value.val.numeric = int64_to_numeric(number);
        add(value);
    }
    void uuid(const pg::Uuid& uuid) override {
        string(DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(uuid.bytes.data()))));
    }
    /// Like to_jsonb() of a timestamp.
    void timestamp(pg::Timestamp timestamp, pg::TimestampStyle) override {
        char text[MAXDATELEN + 1];
        string(JsonEncodeDateTime(text, TimestampGetDatum(timestamp), TIMESTAMPOID, nullptr));
    }
    void value(const JsonbView& view) override { add(value_in(view.copy())); }
    /// No function of PostgreSQL writes this text; that of the text writer has a target of its own.
    void stringified(const JsonbView& view) override {
        pg::JsonText json(CurrentMemoryContext);
        json.value(view, pg::JsonStyle::javascript);
        string(json.view());
    }

    std::uintptr_t finish() { return PointerGetDatum(JsonbValueToJsonb(&result_)); }

private:
    void push(JsonbIteratorToken token, JsonbValue* value) {
        if (JsonbValue* result = pushJsonbValue(&state_, token, value); result != nullptr)
            result_ = *result;
    }
    void add(JsonbValue value) {
        if (state_ == nullptr)
            result_ = value;
        else
            push(state_->contVal.type == jbvObject ? WJB_VALUE : WJB_ELEM, &value);
    }

    JsonbParseState* state_ = nullptr;
    JsonbValue result_{};
};

// ---- values from the input

constexpr int most_levels = 40;

std::string take_text(Input& input) {
    // Keys of one length, which bytes must sort, are as likely as long ones.
    return as_text(input.bytes(input.byte() % 48));
}

pg::Timestamp take_timestamp(Input& input) {
    const auto timestamp = static_cast<pg::Timestamp>(input.number());
    return pg::is_finite(timestamp) ? timestamp : DT_NOEND;
}

/// Takes JSON text, and returns the value that it has; otherwise the text as a string.
JsonbView take_json(Input& input) {
    const std::string text = take_text(input);
    if (const std::optional<std::uintptr_t> jsonb = parse_jsonb(text))
        return JsonbView::of(*jsonb);
    return JsonbView::of_text({pnstrdup(text.data(), text.size()), text.size()});
}

void write_any(Input& input, ValueWriter& writer, int level);

void write_object(Input& input, ValueWriter& writer, int level) {
    // The caller of a writer answers for it that no key comes twice.
    std::set<std::string> keys;
    writer.begin_object();
    for (std::size_t count = input.byte(); count > 0 && !input.is_empty(); --count) {
        const std::string key = take_text(input);
        if (!keys.insert(key).second)
            continue;
        writer.key(key);
        write_any(input, writer, level + 1);
    }
    writer.end_object();
}

void write_array(Input& input, ValueWriter& writer, int level) {
    writer.begin_array();
    for (std::size_t count = input.byte(); count > 0 && !input.is_empty(); --count)
        write_any(input, writer, level + 1);
    writer.end_array();
}

void write_any(Input& input, ValueWriter& writer, int level) {
    enum Kind : std::uint8_t {
        null,
        no,
        yes,
        integer,
        string,
        uuid,
        timestamp,
        json,
        text_of_json,
        array,
        object,
        kinds
    };
    switch (input.byte() % kinds) {
    case no:
        return writer.boolean(false);
    case yes:
        return writer.boolean(true);
    case integer:
        return writer.integer(static_cast<std::int64_t>(input.number()));
    case string:
        return writer.string(take_text(input));
    case uuid: {
        pg::Uuid value{};
        const std::string_view bytes = input.bytes(value.bytes.size());
        std::copy(bytes.begin(), bytes.end(), value.bytes.begin());
        return writer.uuid(value);
    }
    case timestamp:
        return writer.timestamp(take_timestamp(input), pg::TimestampStyle::sql);
    case json:
        return writer.value(take_json(input));
    case text_of_json:
        return writer.stringified(take_json(input));
    case array:
        if (level < most_levels)
            return write_array(input, writer, level);
        break;
    case object:
        if (level < most_levels)
            return write_object(input, writer, level);
        break;
    default:
        break;
    }
    writer.null();
}

std::uintptr_t pushed(Input input) {
    PushWriter writer;
    write_any(input, writer, 0);
    return writer.finish();
}

// ---- the writers

void try_writer(Input input, std::uintptr_t expected) {
    pg::JsonbWriter& writer = pg::jsonb_writer(CurrentMemoryContext, hint);
    // The second value finds the buffers of the first one.
    for (int round = 0; round < 2; ++round) {
        Input again = input;
        write_any(again, writer, 0);
        require_equal(bytes_of(writer.finish()), bytes_of(expected), "jsonb_writer() writes another jsonb");
    }
}

/// Writes objects into the array of a document, and more fields behind it.
std::uintptr_t write_document(Input input, pg::DocumentWriter& document, bool has_fields) {
    for (std::size_t count = input.byte() % 70; count > 0 && !input.is_empty(); --count) {
        write_object(input, document.begin_element(), 1);
        document.end_element();
    }
    if (has_fields)
        for (const std::string_view name : {"b", "aa", "messages2"}) {
            write_any(input, document.begin_field(name), 1);
            document.end_field();
        }
    return document.finish().datum;
}

/// A document that PostgreSQL builds, of the same calls.
class PushDocument final : public pg::DocumentWriter {
public:
    explicit PushDocument(std::string_view array_name) : is_object_(!array_name.empty()) {
        if (is_object_) {
            writer_.begin_object();
            writer_.key(array_name);
        }
        writer_.begin_array();
    }
    ValueWriter& begin_element() override { return writer_; }
    void end_element() override {}
    ValueWriter& begin_field(std::string_view name) override {
        end_array();
        writer_.key(name);
        return writer_;
    }
    void end_field() override {}
    std::size_t size() const override { return 0; }
    pg::Result finish() override {
        end_array();
        if (is_object_)
            writer_.end_object();
        return {writer_.finish(), false};
    }

private:
    void end_array() {
        if (is_open_)
            writer_.end_array();
        is_open_ = false;
    }

    PushWriter writer_;
    bool is_object_;
    bool is_open_ = true;
};

void try_document(Input input, std::string_view array_name) {
    const bool has_fields = !array_name.empty();
    const std::size_t guess = input.byte();
    PushDocument theirs(array_name);
    const std::uintptr_t expected = write_document(input, theirs, has_fields);

    const pg::DocumentMemory memory{CurrentMemoryContext, CurrentMemoryContext, guess, hint};
    const std::uintptr_t jsonb = write_document(input, pg::jsonb_document(memory, array_name), has_fields);
    require_equal(bytes_of(jsonb), bytes_of(expected), "jsonb_document() writes another jsonb");

    const std::uintptr_t json = write_document(input, pg::json_document(memory, array_name), has_fields);
    const std::optional<std::uintptr_t> parsed = parse_jsonb(TextDatumGetCString(json));
    require(parsed.has_value(), "json_document() writes text that is not JSON");
    require_equal(bytes_of(*parsed), bytes_of(expected), "json_document() writes another document");
}

/// Appends the children to an empty array, one by one.
void try_append(const JsonbView& array, std::uintptr_t expected) {
    std::optional<JsonbView> appended;
    std::uintptr_t datum = 0;
    for (pg::JsonbCursor cursor(array); cursor.next();) {
        datum = *pg::jsonb_append(appended, cursor.value());
        appended = JsonbView::of(datum);
    }
    if (appended)
        require_equal(bytes_of(datum), bytes_of(expected), "jsonb_append() writes another jsonb");
}

// ---- the readers

/// Writes what the cursor finds.
void write_walked(const JsonbView& view, ValueWriter& writer) {
    if (view.is_object()) {
        writer.begin_object();
        for (pg::JsonbCursor cursor(view); cursor.next();) {
            writer.key(cursor.key());
            write_walked(cursor.value(), writer);
        }
        writer.end_object();
    } else if (view.is_array()) {
        writer.begin_array();
        for (pg::JsonbCursor cursor(view); cursor.next();)
            write_walked(cursor.value(), writer);
        writer.end_array();
    } else if (view.is_string()) {
        writer.string(view.text());
    } else if (view.is_boolean()) {
        writer.boolean(view.truth());
    } else if (view.is_number()) {
        writer.value(JsonbView::of(*parse_jsonb(view.number_text())));
    } else {
        writer.null();
    }
}

/// Requires that both have found the same value, or nothing.
void require_same(const std::optional<JsonbView>& ours, JsonbValue* theirs, const char* what) {
    require(ours.has_value() == (theirs != nullptr), what);
    if (ours)
        require_equal(bytes_of(ours->copy()), bytes_of(PointerGetDatum(JsonbValueToJsonb(theirs))), what);
}

void try_lookups(const JsonbView& view, std::uintptr_t datum, Input input) {
    JsonbContainer* root = &DatumGetJsonbP(datum)->root;
    const auto try_key = [&](std::string_view key) {
        JsonbValue* found =
            getKeyJsonValueFromContainer(root, key.data(), static_cast<int>(key.size()), nullptr);
        require_same(view.find(key), found, "find() finds another value");
    };
    if (view.is_object()) {
        for (pg::JsonbCursor cursor(view); cursor.next();)
            try_key(cursor.key());
        for (int more = 0; more < 8 && !input.is_empty(); ++more)
            try_key(take_text(input));
    } else if (view.is_array()) {
        for (std::uint32_t i = 0; i <= view.count(); ++i)
            require_same(view.element(i), getIthJsonbValueFromContainer(root, i),
                         "element() finds another value");
    }
}

/// Returns the value with a header of one byte, as it is stored in a row: all parts are at odd addresses.
std::uintptr_t with_short_header(std::uintptr_t datum) {
    const std::string_view bytes = bytes_of(datum);
    if (bytes.size() + VARHDRSZ_SHORT > VARATT_SHORT_MAX)
        return datum;
    auto* value = static_cast<char*>(palloc(bytes.size() + VARHDRSZ_SHORT));
    SET_VARSIZE_SHORT(value, bytes.size() + VARHDRSZ_SHORT);
    bytes.copy(VARDATA_SHORT(value), bytes.size());
    return PointerGetDatum(value);
}

void try_reader(std::uintptr_t datum, Input input) {
    for (const std::uintptr_t stored : {datum, with_short_header(datum)}) {
        const JsonbView view = JsonbView::of(stored);
        PushWriter walked;
        write_walked(view, walked);
        require_equal(bytes_of(walked.finish()), bytes_of(datum), "JsonbCursor reads another value");
        require_equal(bytes_of(view.copy()), bytes_of(datum), "copy() makes another jsonb");
        try_lookups(view, datum, input);
        if (view.is_array())
            try_append(view, datum);
    }
}

} // namespace

void fuzz(std::string_view bytes) {
    Input input(bytes);
    switch (input.byte() % 3) {
    case 0: {
        const std::uintptr_t expected = pushed(input);
        try_writer(input, expected);
        return try_reader(expected, input);
    }
    case 1:
        return try_document(input, "");
    default:
        return try_document(input, "messages");
    }
}

} // namespace agentchat::fuzz
