namespace Slipway.Contracts.Registry;

/// <summary><c>POST /api/v1/promotions</c>: asks to move an environment's alias to a version. Gates decide; the request waits for vetting.</summary>
public sealed record PromotionRequest
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version to promote.</summary>
    public required int Version { get; init; }

    /// <summary><c>development</c>, <c>testing</c> or <c>production</c>.</summary>
    public string Environment { get; set; } = Environments.Production;

    /// <summary>The metric of the version's run that the gate compares; by default the model's first of mae, rmse, logloss (lower is better), auc, accuracy, r2 (higher).</summary>
    public string? Metric { get; init; }

    /// <summary>Relative loss that is still accepted, e.g. 0.02 for 2 %.</summary>
    public double Tolerance { get; init; }

    /// <summary>Who asks, or why.</summary>
    public string? Comment { get; init; }

    /// <summary>Makes the request idempotent: a second one with the same key answers with the first.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>A promotion and how far it has come.</summary>
public sealed record Promotion
{
    /// <summary>The promotion's id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version to promote.</summary>
    public required int Version { get; init; }

    /// <summary>The environment.</summary>
    public required string Environment { get; init; }

    /// <summary><c>pending</c>, <c>promoted</c> or <c>rejected</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The version that held the environment when the decision fell.</summary>
    public int? PreviousVersion { get; init; }

    /// <summary>Each gate's result; filled as gates are evaluated.</summary>
    public IReadOnlyList<GateResult> Gates { get; set; } = [];

    /// <summary>The request's comment.</summary>
    public string? Comment { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>The verdict of one gate: <c>passed</c>, <c>failed</c> or <c>pending</c>, with the numbers it looked at.</summary>
public sealed record GateResult(string Name, string Status, string Detail);

/// <summary>The environments a version can be promoted to; each is an alias of the model.</summary>
public static class Environments
{
    /// <summary>Where a version is tried by its authors.</summary>
    public const string Development = "development";

    /// <summary>Where it is tried by others.</summary>
    public const string Testing = "testing";

    /// <summary>Where it serves.</summary>
    public const string Production = "production";

    /// <summary>All, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Development, Testing, Production];
}
