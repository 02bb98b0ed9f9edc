#pragma once

#include "pool_stats.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgcoro {

/// The names of close_reason, in its order, as they stand in metrics.
inline constexpr std::array<std::string_view, close_reasons> close_reason_names{
    {"broken", "check", "lifetime", "idle", "uses", "surplus", "replaced", "pool_closed"}};

/// A pool's statistics in Prometheus' text format, for the answer to a scrape; `name_of_pool` is
/// the label that tells pools apart. Content-Type: text/plain; version=0.0.4
/// https://prometheus.io/docs/instrumenting/exposition_formats/
[[nodiscard]] inline std::string to_prometheus(
    pool_stats const& stats, std::string_view name_of_pool = "default")
{
    std::string label = "pool=\"";
    for (char const c : name_of_pool) {
        if (c == '\\' || c == '"')
            label += '\\';
        if (c == '\n')
            label += "\\n";
        else
            label += c;
    }
    label += '"';

    std::string text;
    auto const head = [&](std::string_view name, std::string_view type, std::string_view help) {
        text.append("# HELP pgcoro_pool_").append(name).append(" ").append(help).append("\n");
        text.append("# TYPE pgcoro_pool_").append(name).append(" ").append(type).append("\n");
    };
    auto const sample = [&](std::string_view name, std::string_view further, auto value) {
        text.append("pgcoro_pool_").append(name).append("{").append(label).append(further);
        text.append("} ").append(std::to_string(value)).append("\n");
    };
    auto const gauge = [&](std::string_view name, std::string_view help, std::size_t value) {
        head(name, "gauge", help);
        sample(name, "", value);
    };
    auto const counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
        head(name, "counter", help);
        sample(name, "", value);
    };

    head("connections", "gauge", "Connections, by what they are at.");
    sample("connections", ",state=\"idle\"", stats.idle);
    sample("connections", ",state=\"in_use\"", stats.in_use);
    sample("connections", ",state=\"connecting\"", stats.connecting);
    sample("connections", ",state=\"checking\"", stats.checking);
    gauge("min_connections", "Connections that are kept open.", stats.min_size);
    gauge("max_connections", "Connections there may be.", stats.max_size);
    gauge("waiting", "Callers in line.", stats.waiting);
    counter("timeouts_total", "Callers that waited too long.", stats.timed_out);
    counter("cancelled_total", "Callers that left the line.", stats.cancelled);
    counter("turned_away_total", "Callers for whom the line was too long.", stats.turned_away);
    counter("created_total", "Connections made.", stats.created);
    counter("failed_connects_total", "Connections that could not be made.", stats.failed_connects);
    head("closed_total", "counter", "Connections closed, by reason.");
    for (std::size_t i = 0; i != close_reasons; ++i)
        sample("closed_total", ",reason=\"" + std::string{close_reason_names[i]} + '"',
            stats.destroyed[i]);

    auto const seconds = [](auto time) {
        return std::to_string(std::chrono::duration<double>(time).count());
    };
    head("wait_seconds", "histogram", "How long callers waited who got a connection.");
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i != stats.wait_bounds.size(); ++i) {
        so_far += stats.waits[i];
        sample("wait_seconds_bucket", ",le=\"" + seconds(stats.wait_bounds[i]) + '"', so_far);
    }
    sample("wait_seconds_bucket", ",le=\"+Inf\"", stats.acquired);
    text.append("pgcoro_pool_wait_seconds_sum{").append(label).append("} ");
    text.append(seconds(stats.wait_sum)).append("\n");
    sample("wait_seconds_count", "", stats.acquired);
    return text;
}

} // namespace pgcoro
