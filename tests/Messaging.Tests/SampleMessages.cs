using Slipway.Contracts.Messages;

namespace Slipway.Messaging.Tests;

internal static class SampleMessages
{
    private static readonly DateTimeOffset s_at = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(2));

    internal static PredictionsLogged Predictions(string id = "p-1") =>
        new()
        {
            BatchId = Guid.Parse("0198c5a0-0000-7000-8000-000000000001"),
            SentAt = s_at,
            Source = "inference-7",
            Predictions =
            [
                new PredictionRecord
                {
                    PredictionId = id,
                    Endpoint = "bike-demand",
                    Model = "bike",
                    Version = 3,
                    At = s_at,
                    LatencyMs = 1.25,
                    Numbers = new Dictionary<string, double?>
                    {
                        ["temp"] = 0.1 + 0.2,
                        ["missing"] = null,
                        ["huge"] = 1e300,
                    },
                    Categories = new Dictionary<string, string?> { ["weather"] = "Ñebel \"dicht\"", ["none"] = null },
                    Value = 42.5,
                    Label = "yes",
                    Scores = [0.25, 0.75],
                    TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                },
            ],
        };

    internal static TrainModel Train() =>
        new()
        {
            Id = Guid.Parse("0198c5a0-0000-7000-8000-000000000002"),
            At = s_at,
            Model = "bike",
            Dataset = "predictions:/bike-demand?from=2011-01-01&to=2011-02-01",
            AppendToPrevious = false,
            PromoteTo = "production",
            Reason = "drift of temp",
        };

    internal static ServingStateChanged StateChanged(long revision = 12) =>
        new()
        {
            Id = Guid.Parse("0198c5a0-0000-7000-8000-000000000003"),
            At = s_at,
            Revision = revision,
        };
}
