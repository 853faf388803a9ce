using System.Globalization;
using CsvHelper;
using Slipway.Contracts.Monitoring;
using Slipway.Monitoring.Worker.Tests.Drift;
using Slipway.Monitoring.Worker.Tests.Hosting;

namespace Slipway.Monitoring.Worker.Tests.Datasets;

public sealed class DatasetApiTests
{
    private const string Path = "/api/v1/endpoints/demand/dataset.csv";

    [Fact]
    public async Task Get_LabelledPredictions_ComeInEventTimeOrderAsTheyWere()
    {
        await using var host = await MonitoringHost.StartAsync();
        host.Neighbours.AddVersion(
            Records.Model,
            1,
            Profiles.Regression(
                1,
                Profiles.Numeric("temp, °C", [1, 2, 3]),
                Profiles.Categorical("sky \"now\"", new Dictionary<string, long> { ["a"] = 1 })
            )
        );
        double?[] temperatures = [0.1 + 0.2, -1e-300, null, 1.7976931348623157E308];
        string?[] skies = ["rain, heavy", "two\r\nlines", "", null];
        for (var i = 0; i < 4; i++)
        {
            await host.StoreAsync(
                Records.Prediction($"p{i}", Records.Start.AddHours(3 - i)) with
                {
                    Numbers = new Dictionary<string, double?> { ["temp, °C"] = temperatures[i], ["unknown"] = 1 },
                    Categories = new Dictionary<string, string?> { ["sky \"now\""] = skies[i] },
                },
                Records.Prediction($"unlabelled{i}", Records.Start.AddHours(i))
            );
        }
        await host.Client.SendOutcomesAsync(
            new OutcomeBatch { Outcomes = [.. Enumerable.Range(0, 4).Select(i => new Outcome { PredictionId = $"p{i}", Value = i + 0.5 })] }
        );

        using var response = await host.Http.GetAsync(new Uri(Path, UriKind.Relative));
        Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
        using var csv = CsvReader.Create(await response.Content.ReadAsByteArrayAsync(), new CsvReaderOptions { Separator = ',' });
        var rows = new List<string[]>();
        while (csv.Read())
        {
            rows.Add([csv.GetString(0)!, csv.GetString(1)!, csv.GetString(2)!]);
        }

        Assert.Equal(["temp, °C", "sky \"now\"", "outcome"], csv.Headers);
        for (var i = 0; i < 4; i++)
        {
            var row = rows[3 - i];
            Assert.Equal(temperatures[i], row[0].Length == 0 ? null : double.Parse(row[0], CultureInfo.InvariantCulture));
            Assert.Equal(skies[i] ?? "", row[1]);
            Assert.Equal(i + 0.5, double.Parse(row[2], CultureInfo.InvariantCulture));
        }
        Assert.Equal(4, rows.Count);
    }

    [Fact]
    public async Task Get_Range_IsFromInclusiveToExclusive()
    {
        await using var host = await MonitoringHost.StartAsync();
        for (var hour = 0; hour < 4; hour++)
        {
            await host.StoreAsync(Records.Prediction($"p{hour}", Records.Start.AddHours(hour), x: hour));
        }
        await host.PostAsync("/api/v1/outcomes", "predictionId,label\np0,a\np1,b\np2,c\np3,d\n", "text/csv");
        var (status, body) = await host.GetAsync($"{Path}?from=2025-06-01T01:00:00Z&to=2025-06-01T05%3A00%3A00%2B02%3A00");
        Assert.Equal((200, "x,outcome\r\n1,b\r\n2,c\r\n"), (status, body));
        Assert.Equal("x,outcome\r\n0,a\r\n", (await host.GetAsync($"{Path}?to=2025-06-01T00:30:00Z")).Body);
        Assert.Equal("outcome\r\n", (await host.GetAsync($"{Path}?from=2030-01-01")).Body);
    }

    [Theory]
    [InlineData("?from=yesterday", 400, "invalid_time")]
    [InlineData("?from=2026-01-02&to=2026-01-01", 400, "invalid_range")]
    [InlineData("?from=2026-01-01&to=2026-01-01", 400, "invalid_range")]
    public async Task Get_BadRange_Is400(string query, int expected, string code)
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a"));
        var (status, body) = await host.GetAsync(Path + query);
        Assert.Equal(expected, status);
        Assert.Contains(code, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_FeatureNamedOutcome_Is409()
    {
        await using var host = await MonitoringHost.StartAsync();
        await host.StoreAsync(Records.Prediction("a") with { Numbers = new Dictionary<string, double?> { ["outcome"] = 1 } });
        await host.PostAsync("/api/v1/outcomes", "predictionId,value\na,1\n", "text/csv");
        Assert.Equal(409, (await host.GetAsync(Path)).Status);
    }
}
