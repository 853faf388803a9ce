using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Registry.Api.Tests.Support;

namespace Slipway.Registry.Api.Tests.Search;

/// <summary>Searches of random data: against an evaluator of their own, with rubbish, and page by page while others write.</summary>
public sealed class SearchPropertyTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>
{
    private const int Seed = 20_261_128;

    // An index holds the first 64 characters of a value.
    private static readonly string s_long = string.Concat(Enumerable.Repeat("lü", 32));
    private static readonly string[] s_texts =
    [
        "a",
        "ab",
        "B",
        "a%b",
        "a_b",
        "",
        "ünï",
        "x y",
        "100",
        s_long[..63],
        s_long,
        s_long + "1",
        s_long + "2",
    ];
    private static readonly double[] s_numbers = [-1, 0, 0.5, 1, 2, double.NaN];
    private readonly RegistryHost _host = fixture.Host;

    [Fact]
    public async Task Filter_Random_FindsWhatTheEvaluatorFinds()
    {
        var random = new Random(Seed);
        var (experiment, runs) = (await _host.NewExperimentAsync(), new List<Run>());
        for (var i = 0; i < 40; i++)
        {
            runs.Add(await AddAsync(random, experiment));
        }
        for (var i = 0; i < 150; i++)
        {
            var clauses = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Clause.Random(random)).ToList();
            var filter = string.Join(random.Next(2) == 0 ? " AND " : " and ", clauses.Select(c => c.Text));

            // Ordered by the metric that is compared, and page by page, a search takes another way through the tables.
            var query = new JsonObject { ["filter"] = filter };
            if (i % 2 == 1)
            {
                query["order_by"] = new JsonArray(i % 4 == 1 ? "metrics.m DESC" : "metrics.m");
                query["max_results"] = 4;
            }
            var found = await FindAsync(experiment, query);

            var expected = runs.Where(run => clauses.TrueForAll(c => c.Matches(run))).Select(run => run.Id);
            Assert.True(
                expected.Order(StringComparer.Ordinal).SequenceEqual(found.Order(StringComparer.Ordinal)),
                $"Seed {Seed}, filter {i}: {filter}"
            );
        }
    }

    [Fact]
    public async Task FilterAndOrder_Rubbish_IsNeverAnErrorOfTheServer()
    {
        string[] pieces =
        [
            "metrics.",
            "params.",
            "tags.`",
            "`",
            "'",
            "\"",
            "a",
            "run_id",
            "=",
            "!=",
            "<",
            ">=",
            "~",
            "LIKE",
            "ILIKE",
            "IN",
            "NOT",
            "IS",
            "NULL",
            "AND",
            "OR",
            "(",
            ")",
            ",",
            ";",
            " ",
            " ",
            ".",
            "1",
            "-1e5",
            "1e999",
            "%",
            "_",
            "\\",
            "--",
            "/*",
            "é",
            "💥",
            "\u0001",
            "dataset.name",
            "NaN",
        ];
        var random = new Random(Seed);
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)]));
            var query = new JsonObject { ["experiment_ids"] = new JsonArray("0") };
            query[i % 2 == 0 ? "filter" : "order_by"] = i % 2 == 0 ? text : new JsonArray(text);

            var (status, body) = await _host.PostAsync(i % 3 == 0 ? "logged-models/search" : "runs/search", query.ToJsonString());

            Assert.True(status is 200 or 400, $"Seed {Seed}, text {i}: {text} answered {status}: {body}");
        }
    }

    [Theory]
    [InlineData("attributes.start_time DESC")]
    [InlineData("metrics.m ASC")]
    [InlineData("metrics.m DESC")]
    [InlineData("tags.t DESC")]
    [InlineData("params.p ASC")]
    [InlineData("end_time DESC")]
    public async Task Pages_WhileOthersCreateAndDelete_ShowEveryRunOnce(string order)
    {
        var random = new Random(Seed);
        var experiment = await _host.NewExperimentAsync();
        var stay = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            stay.Add((await AddAsync(random, experiment)).Id);
        }
        var whole = await FindAsync(experiment, new JsonObject { ["order_by"] = new JsonArray(order) });
        var extra = new List<string>();
        var seen = new List<string>();
        string? token = null;
        do
        {
            var query = new JsonObject
            {
                ["order_by"] = new JsonArray(order),
                ["max_results"] = 3,
                ["page_token"] = token,
            };
            var page = await SearchAsync(experiment, query);
            seen.AddRange(page.List("runs").Select(r => r.Text("info", "run_id")));
            token = (string?)page["next_page_token"];
            // Between two pages others come, at any place of the order, and go.
            extra.Add((await AddAsync(random, experiment)).Id);
            extra.Add((await AddAsync(random, experiment)).Id);
            await _host.PostOkAsync("runs/delete", $$"""{"run_id":"{{extra[random.Next(extra.Count)]}}"}""");
        } while (token is not null && seen.Count < 500);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(whole, seen.Where(stay.Contains));
    }

    private async Task<Run> AddAsync(Random random, string experiment)
    {
        var start = random.Next(1, 6);
        var body = await _host.PostOkAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{start}}}""");
        double? metric = random.Next(3) == 0 ? null : s_numbers[random.Next(s_numbers.Length)];
        var param = random.Next(3) == 0 ? null : s_texts[random.Next(s_texts.Length)];
        var tag = random.Next(3) == 0 ? null : s_texts[random.Next(s_texts.Length)];
        var run = new Run(body.Text("run", "info", "run_id"), start, metric, param, tag);
        var log = new JsonObject { ["run_id"] = run.Id };
        if (metric is { } value)
        {
            log["metrics"] = new JsonArray(
                new JsonObject
                {
                    ["key"] = "m",
                    ["value"] = double.IsNaN(value) ? "NaN" : value,
                    ["timestamp"] = 1,
                }
            );
        }
        log["params"] = param is null ? [] : new JsonArray(new JsonObject { ["key"] = "p", ["value"] = param });
        log["tags"] = tag is null ? [] : new JsonArray(new JsonObject { ["key"] = "t", ["value"] = tag });
        await _host.PostOkAsync("runs/log-batch", log.ToJsonString());
        return run;
    }

    private async Task<List<string>> FindAsync(string experiment, JsonObject query)
    {
        var found = new List<string>();
        do
        {
            var page = await SearchAsync(experiment, query);
            found.AddRange(page.List("runs").Select(r => r.Text("info", "run_id")));
            query["page_token"] = (string?)page["next_page_token"];
        } while (query["page_token"] is not null);
        return found;
    }

    private Task<JsonObject> SearchAsync(string experiment, JsonObject query)
    {
        query["experiment_ids"] = new JsonArray(experiment);
        return _host.PostOkAsync("runs/search", query.ToJsonString());
    }

    private sealed record Run(string Id, int Start, double? Metric, string? Param, string? Tag);

    /// <summary>A comparison, and what it means, worked out without SQL.</summary>
    private sealed record Clause(string Text, Func<Run, bool> Matches)
    {
        private static readonly string[] s_signs = ["=", "!=", "<", "<=", ">", ">="];

        public static Clause Random(Random random) =>
            random.Next(4) switch
            {
                0 => Number(random, "metrics.m", run => run.Metric),
                1 => Number(random, random.Next(2) == 0 ? "start_time" : "attributes.created", run => run.Start),
                2 => Words(random, "params.`p`", run => run.Param),
                _ => Words(random, "tag.\"t\"", run => run.Tag),
            };

        private static Clause Number(Random random, string key, Func<Run, double?> value)
        {
            var sign = s_signs[random.Next(s_signs.Length)];
            var number = random.Next(-2, 5) / 2.0;
            return new Clause(
                string.Create(CultureInfo.InvariantCulture, $"{key} {sign} {number}"),
                run =>
                    value(run) is { } actual
                    && sign switch
                    {
                        "=" => actual == number,
                        "!=" => actual != number,
                        "<" => actual < number,
                        "<=" => actual <= number,
                        ">" => actual > number,
                        _ => actual >= number,
                    }
            );
        }

        private static Clause Words(Random random, string key, Func<Run, string?> value)
        {
            var text = s_texts[random.Next(s_texts.Length)];
            return random.Next(6) switch
            {
                0 => new Clause($"{key} = '{text}'", run => value(run) == text),
                1 => new Clause($"{key} != '{text}'", run => value(run) is { } actual && actual != text),
                2 => new Clause($"{key} LIKE '{text}%'", run => value(run) is { } actual && Like(actual, text + "%", RegexOptions.None)),
                3 => new Clause(
                    $"{key} ILIKE '%{text}'",
                    run => value(run) is { } actual && Like(actual, "%" + text, RegexOptions.IgnoreCase)
                ),
                4 => new Clause($"{key} IS NULL", run => value(run) is null),
                _ => new Clause($"{key} IS NOT NULL", run => value(run) is not null),
            };
        }

        private static bool Like(string text, string pattern, RegexOptions options)
        {
            var regex = new StringBuilder("^");
            foreach (var c in pattern)
            {
                regex.Append(
                    c switch
                    {
                        '%' => ".*",
                        '_' => ".",
                        _ => Regex.Escape(c.ToString()),
                    }
                );
            }
            return Regex.IsMatch(text, regex.Append("\\z").ToString(), options | RegexOptions.Singleline | RegexOptions.CultureInvariant);
        }
    }
}
