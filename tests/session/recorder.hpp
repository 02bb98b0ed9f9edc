#pragma once

// A call whose replies are written down.

#include <pgcoro/core/byte_order.hpp>
#include <pgcoro/session/bind_writer.hpp>
#include <pgcoro/session/session.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What became of a call. It outlives the call.
struct record
{
    std::string name;
    std::vector<std::string> rows; ///< fields joined by '|', NULL as "NULL"
    std::vector<std::string> tags;
    std::vector<std::string> columns;
    std::vector<std::size_t> runs; ///< rows handed over at once
    int columns_seen = 0;
    int left = 0;
    int finished = 0;
    std::uint64_t turn = 0; ///< among all that finished
    int destroyed = 0;
    bool cancelled = false;
    std::exception_ptr error;
    std::vector<std::pair<pgcoro::block_ref, std::pair<std::byte const*, std::string>>> kept;

    /// The bytes that were kept are as they were.
    [[nodiscard]] bool intact() const
    {
        for (auto const& [block, bytes] : kept)
            if (std::string_view{reinterpret_cast<char const*>(bytes.first), bytes.second.size()} !=
                bytes.second)
                return false;
        return true;
    }
};

/// How a call is made.
struct call_spec
{
    std::string name;
    pgcoro::request::protocol how = pgcoro::request::protocol::extended;
    std::string sql;
    std::vector<std::string> arguments;
    bool needs_columns = false;
    std::uint64_t via = 0;
    std::uint64_t acquires = 0;
    std::uint64_t releases = 0;
    std::string undo;
    bool never_withdraw = false;
    bool must_end_idle = false;
    bool rolls_back = false;
    bool shares_connection = false;
    bool opens = false; ///< a stream: its caller goes on as soon as the columns are known
    bool begins_late = false;
    bool ends_unbegun = false;
    bool pauses = false; ///< at each run of rows
    bool keeps_blocks = false;
    std::string fails_columns; ///< fail() with this in columns()
    bool throws_columns = false;
    bool throws_rows = false;
    bool ranged = false; ///< the arguments come from a source: those of each execution
    std::vector<std::vector<std::string>> elements;
    std::string prepares; ///< only has it parsed, as the statement of this name
    std::string uses;     ///< runs what was prepared under this name
    std::size_t elements_a_turn = 1;
    std::size_t bad_element = std::size_t(-1); ///< can't be encoded
    bool takes_copy_data = false;              ///< written down as rows
    bool takes_rows = false;                   ///< of a simple query
    std::vector<call_spec> parts;              ///< run together in its place
    bool each_alone = false;                   ///< with a Sync each

    [[nodiscard]] call_spec through(std::uint64_t owner) &&
    {
        via = owner;
        return std::move(*this);
    }
    [[nodiscard]] call_spec owning(std::uint64_t owner, std::string undo_sql = {}) &&
    {
        acquires = owner;
        undo = std::move(undo_sql);
        return std::move(*this);
    }
    [[nodiscard]] call_spec releasing(std::uint64_t owner) &&
    {
        via = releases = owner;
        return std::move(*this);
    }
    [[nodiscard]] call_spec with(bool call_spec::*flag) &&
    {
        this->*flag = true;
        return std::move(*this);
    }
};

[[nodiscard]] inline call_spec simple(std::string name, std::string sql)
{
    call_spec spec;
    spec.name = std::move(name);
    spec.sql = std::move(sql);
    spec.how = pgcoro::request::protocol::simple;
    return spec;
}
[[nodiscard]] inline call_spec extended(
    std::string name, std::string sql, std::vector<std::string> arguments = {})
{
    call_spec spec;
    spec.name = std::move(name);
    spec.sql = std::move(sql);
    spec.arguments = std::move(arguments);
    return spec;
}
[[nodiscard]] inline call_spec preparing(std::string name, std::string sql)
{
    call_spec spec = extended(name, std::move(sql));
    spec.prepares = std::move(name);
    return spec;
}
[[nodiscard]] inline call_spec using_prepared(
    std::string name, std::string statement, std::string sql, std::vector<std::string> arguments)
{
    call_spec spec = extended(std::move(name), std::move(sql), std::move(arguments));
    spec.uses = std::move(statement);
    return spec;
}
[[nodiscard]] inline call_spec by_name(
    std::string name, std::string sql, std::vector<std::string> arguments = {})
{
    call_spec spec = extended(std::move(name), std::move(sql), std::move(arguments));
    spec.needs_columns = true;
    return spec;
}

[[nodiscard]] inline call_spec ranged(std::string name, std::string sql,
    std::vector<std::vector<std::string>> elements, std::uint64_t owner)
{
    call_spec spec = extended(std::move(name), std::move(sql));
    spec.ranged = true;
    spec.elements = std::move(elements);
    if (!spec.elements.empty())
        spec.arguments = spec.elements.front(); // for the types
    spec.acquires = owner;
    return spec;
}

/// Statements that go together; they have records of their own.
[[nodiscard]] inline call_spec together(
    std::string name, std::vector<call_spec> parts, bool each_alone = false)
{
    call_spec spec = extended(std::move(name), {});
    spec.parts = std::move(parts);
    spec.each_alone = each_alone;
    return spec;
}

/// A COPY FROM STDIN with its data.
[[nodiscard]] inline call_spec copying_in(std::string name, std::string sql,
    std::vector<std::vector<std::string>> data, std::uint64_t owner)
{
    call_spec spec = ranged(std::move(name), std::move(sql), std::move(data), owner);
    spec.how = pgcoro::request::protocol::simple;
    return spec;
}

inline void put_arguments(std::vector<std::string> const& arguments, pgcoro::byte_writer& to)
{
    to.put(std::uint16_t{0});
    to.put(static_cast<std::uint16_t>(arguments.size()));
    for (auto const& each : arguments) {
        to.put(static_cast<std::int32_t>(each.size()));
        to.put(std::string_view{each});
    }
}

class element_source final : public pgcoro::source
{
public:
    explicit element_source(call_spec const& spec)
        : elements_{spec.elements},
          a_turn_{spec.elements_a_turn},
          bad_{spec.bad_element},
          copies_{spec.how == pgcoro::request::protocol::simple}
    {}

private:
    void begin(std::string_view statement, std::span<std::byte const> formats,
        std::span<pgcoro::oid const>) override
    {
        binds_.begin(statement, formats);
    }
    turn feed(pgcoro::byte_writer& out) override
    {
        turn now;
        for (; at_ < elements_.size(); ++at_, ++now.executions) {
            if (at_ == bad_) {
                now.failure = std::make_exception_ptr(pgcoro::encode_error{"a bad element"});
                return now;
            }
            if (now.executions == a_turn_) {
                now.more = true;
                return now;
            }
            if (copies_) {
                std::string_view const bytes = elements_[at_].front();
                pgcoro::write_copy_data(out, std::as_bytes(std::span{bytes.data(), bytes.size()}));
                continue;
            }
            binds_.open(out);
            put_arguments(elements_[at_], out);
            binds_.close(out);
        }
        return now;
    }

    std::vector<std::vector<std::string>> elements_;
    std::size_t a_turn_;
    std::size_t bad_;
    bool copies_;
    std::size_t at_ = 0;
    pgcoro::bind_writer binds_;
};

class recorder final : public pgcoro::exchange
{
public:
    recorder(call_spec spec, std::uint64_t id, std::shared_ptr<record> to)
        : exchange{make_request(spec), pgcoro::owner_id{spec.via}, spec.needs_columns},
          spec_{std::move(spec)},
          record_{std::move(to)}
    {
        record_->name = spec_.name;
        identify(id);
        if (spec_.acquires != 0)
            take_ownership(pgcoro::owner_id{spec_.acquires}, "owner " + spec_.name, spec_.undo);
        if (spec_.releases != 0)
            release_ownership(pgcoro::owner_id{spec_.releases});
        if (spec_.never_withdraw)
            never_withdraw();
        if (spec_.must_end_idle)
            must_end_idle();
        if (spec_.rolls_back)
            roll_back();
        if (spec_.shares_connection)
            share_connection();
        if (spec_.begins_late)
            begin_late();
        if (spec_.ends_unbegun)
            ends_unbegun();
        if (spec_.takes_copy_data)
            take_copy_data();
        if (spec_.takes_rows)
            take_rows();
        if (spec_.ranged)
            feed_from(std::make_unique<element_source>(spec_));
    }
    ~recorder() override { ++record_->destroyed; }

private:
    static pgcoro::request make_request(call_spec const& spec)
    {
        pgcoro::request made{spec.how, spec.sql};
        if (spec.how == pgcoro::request::protocol::simple)
            return made;
        auto const count = static_cast<std::uint16_t>(spec.arguments.size());
        made.type_writer().put(count);
        for (unsigned i = 0; i < count; ++i)
            made.type_writer().put(std::uint32_t{0});
        if (!spec.ranged)
            put_arguments(spec.arguments, made.parameter_writer());
        return made;
    }

    void write_result_formats(
        pgcoro::row_description const* description, pgcoro::byte_writer& out) override
    {
        // By name: binary for all columns once they are known, so that the two can be told apart.
        if (spec_.needs_columns) {
            std::size_t const count = description == nullptr ? 0 : description->columns.size();
            out.put(static_cast<std::int16_t>(count));
            for (std::size_t i = 0; i < count; ++i)
                out.put(std::int16_t{1});
        } else {
            out.put(std::int16_t{0});
        }
    }
    void columns(pgcoro::server_statement& from) override
    {
        ++record_->columns_seen;
        if (spec_.opens)
            be_open();
        record_->columns.clear();
        if (from.description)
            for (auto const& each : from.description->columns)
                record_->columns.push_back(each.name);
        if (spec_.throws_columns)
            throw std::runtime_error{"columns() of " + spec_.name};
        if (!spec_.fails_columns.empty())
            fail(std::make_exception_ptr(std::runtime_error{spec_.fails_columns}));
    }
    void rows(pgcoro::block_ref const& from, std::byte const* begin, std::byte const* end,
        std::size_t count) override
    {
        if (begin < from->data() || end > from->data() + from->capacity())
            throw std::logic_error{"rows outside of their block"};
        std::size_t seen = 0;
        for (std::byte const* at = begin; at != end; ++seen) {
            std::uint32_t const length = pgcoro::load_big<std::uint32_t>(at + 1);
            record_->rows.push_back(
                spec_.takes_copy_data
                    ? std::string{reinterpret_cast<char const*>(at + 5), length - 4}
                    : fields(at + 5, at + 1 + length));
            at += 1 + length;
        }
        if (seen != count)
            throw std::logic_error{"rows miscounted"};
        record_->runs.push_back(count);
        if (spec_.keeps_blocks)
            record_->kept.push_back({from, {begin, std::string{reinterpret_cast<char const*>(begin),
                                                       static_cast<std::size_t>(end - begin)}}});
        if (spec_.pauses)
            pause_reading();
        if (spec_.throws_rows)
            throw std::runtime_error{"rows() of " + spec_.name};
    }
    void copying(pgcoro::copy_response const&) override
    {
        ++record_->columns_seen;
        if (spec_.opens)
            be_open();
    }
    void completed(pgcoro::command_tag const& tag) override
    {
        record_->tags.emplace_back(tag.text());
    }
    void caller_left() noexcept override { ++record_->left; }
    void finished() override
    {
        static std::uint64_t turns = 0;
        ++record_->finished;
        record_->turn = ++turns;
        record_->error = error();
        record_->cancelled = cancelled();
        for (auto const& part : parts()) {
            ++of(*part).finished;
            of(*part).turn = turns;
            of(*part).error = part->error();
        }
        delete this;
    }
    static record& of(exchange& part) { return *static_cast<recorder&>(part).record_; }

    /// What a hostile server puts into a row is the row layer's to judge; here it must only be read
    /// inside of its frame.
    static std::string fields(std::byte const* at, std::byte const* end)
    {
        pgcoro::byte_reader reader{{at, end}};
        auto const count = reader.get<std::uint16_t>();
        std::string joined;
        for (unsigned i = 0; i < count && reader.ok(); ++i) {
            auto const size = reader.get<std::int32_t>();
            if (i != 0)
                joined += '|';
            if (size < 0) {
                joined += "NULL";
                continue;
            }
            auto const bytes = reader.get_bytes(static_cast<std::size_t>(size));
            joined.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        }
        return joined;
    }

    call_spec spec_;
    std::shared_ptr<record> record_;
};
