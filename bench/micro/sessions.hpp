#pragma once

#include "data_rows.hpp"
#include "sample.hpp"

#include <pgcoro/client/plan_of.hpp>
#include <pgcoro/client/row_collector.hpp>
#include <pgcoro/session/session.hpp>
#include <pgcoro/types/parameters.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// A session that has logged in and knows the statement that its calls run; the server's part is
/// read from a string.
template <class Row>
class canned_session
{
public:
    canned_session(
        std::string_view sql, pgcoro::row_description const& columns, std::string const& rows)
        : sql_{sql}
    {
        pgcoro::login_settings who;
        who.user = "user";
        session_.log_in(std::move(who), std::make_unique<exchange_of_login>());
        feed(message('R', as_number(0)) + ready);
        session_.finish_next();
        std::string const description = description_message(columns);
        std::string const parsed = message('1', {}) + // ParseComplete
                                   message('t', {"\0\1\0\0\0\x17", 6}) + description;
        std::string const answer = message('2', {}) + rows + message('C', {"SELECT 1", 9}) + ready;
        if (pgcoro::needs_columns<Row>)
            ask(parsed + ready, answer);
        else
            ask(parsed + answer, {});
        answer_ = answer;
    }

    /// One call after the other's end.
    void call() { ask(answer_, {}); }

    /// Several on their way at once.
    void pipeline(int count)
    {
        for (int i = 0; i < count; ++i)
            start();
        session_.output().consume(session_.output().unsent().size());
        for (int i = 0; i < count; ++i)
            feed(answer_);
        finish();
    }

private:
    inline static std::string const ready{"Z\0\0\0\5I", 6};

    struct exchange_of_login final : pgcoro::exchange
    {
        exchange_of_login() : exchange{{pgcoro::request::protocol::simple, ""}, pgcoro::no_owner} {}
    };

    class collecting final : public pgcoro::exchange
    {
    public:
        explicit collecting(pgcoro::request what)
            : exchange{std::move(what), pgcoro::no_owner, pgcoro::needs_columns<Row>}
        {}

    private:
        void write_result_formats(
            pgcoro::row_description const* description, pgcoro::byte_writer& out) override
        {
            constexpr bool by_name = pgcoro::needs_columns<Row>;
            if (by_name && description == nullptr)
                out.put(std::int16_t{0});
            else
                pgcoro::put_result_formats(
                    pgcoro::row_type_of<Row>, by_name ? description : nullptr, out);
        }
        void columns(pgcoro::server_statement& from) override
        {
            plan_ = pgcoro::plan_of(from, pgcoro::row_type_of<Row>);
        }
        void rows(pgcoro::block_ref const& from, std::byte const* begin, std::byte const* end,
            std::size_t count) override
        {
            collector_.add(plan_, from, begin, end, count);
        }
        void finished() override
        {
            if (error())
                std::rethrow_exception(error());
            keep(collector_.take(plan_));
            delete this;
        }

        std::shared_ptr<pgcoro::column_plan const> plan_;
        pgcoro::row_collector<Row> collector_;
    };

    [[nodiscard]] static std::string as_number(std::int32_t value)
    {
        std::string bytes;
        append(bytes, value);
        return bytes;
    }
    [[nodiscard]] static std::string message(char type, std::string const& body)
    {
        std::string made(1, type);
        append(made, static_cast<std::int32_t>(body.size() + 4));
        return made + body;
    }

    void start()
    {
        pgcoro::request what{pgcoro::request::protocol::extended, sql_};
        pgcoro::encode_parameters(what.type_writer(), what.parameter_writer(), 42);
        session_.start(std::make_unique<collecting>(std::move(what)));
    }
    void feed(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto const room = session_.prepare_input();
            std::size_t const count = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), count);
            session_.received(count);
            bytes.remove_prefix(count);
        }
    }
    void finish()
    {
        while (session_.has_finished())
            session_.finish_next();
    }
    void ask(std::string_view first, std::string_view second)
    {
        start();
        session_.output().consume(session_.output().unsent().size());
        feed(first);
        session_.output().consume(session_.output().unsent().size());
        feed(second);
        finish();
    }

    pgcoro::session session_;
    std::string sql_;
    std::string answer_;
};

inline void add_session_samples(sample_list& to)
{
    namespace oids = pgcoro::oids;
    auto const add = [&]<class Row>(Row, std::string const& name, std::string_view sql,
                         pgcoro::row_description const& columns, std::string const& row, int rows) {
        std::string all;
        for (int i = 0; i < rows; ++i)
            all += row;
        auto const session = std::make_shared<canned_session<Row>>(sql, columns, all);
        to.add("session: " + name, [session] { session->call(); });
        if (rows == 1)
            to.add("session: 20 at once: " + name, [session] { session->pipeline(20); });
    };
    auto const one = describe({{"?column?", oids::int4}});
    auto const four = describe(
        {{"id", oids::int8}, {"name", oids::text}, {"email", oids::text}, {"score", oids::float8}});
    add(int{}, "one int", "SELECT 1 + $1", one, data_row(std::int32_t{42}), 1);
    add(four_columns<std::string_view>{}, "one row of 4 columns",
        "SELECT id, name, email, score FROM bench_events WHERE id = $1", four,
        data_row(std::int64_t{42}, "Somebody with a name", "somebody@example.com", 1.5), 1);
    add(four_columns<std::string_view>{}, "1,000 rows of 4 columns",
        "SELECT id, name, email, score FROM bench_events WHERE id > $1", four,
        data_row(std::int64_t{42}, "Somebody with a name", "somebody@example.com", 1.5), 1000);
}

} // namespace bench
