namespace Slipway.Contracts.Registry;

/// <summary><c>POST /api/v1/promotions</c>: asks to move an environment's alias to a version. Gates decide; the request waits for vetting.</summary>
public sealed record PromotionRequest
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version to promote.</summary>
    public required int Version { get; init; }

    /// <summary>One of <c>GET /api/v1/environments</c>: <c>development</c>, <c>testing</c>, <c>production</c> where nothing else is configured.</summary>
    public string Environment { get; set; } = Environments.Production;

    /// <summary>The metric of the version's run that the gate compares; by default the model's first of mae, rmse, logloss (lower is better), auc, accuracy, r2 (higher).</summary>
    public string? Metric { get; init; }

    /// <summary>Relative loss that is still accepted, e.g. 0.02 for 2 %; counts where the policy states none.</summary>
    public double Tolerance { get; init; }

    /// <summary>Why.</summary>
    public string? Comment { get; init; }

    /// <summary>Who asks. Where access control is on, the caller's own name counts instead.</summary>
    public string? RequestedBy { get; init; }

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

    /// <summary><c>pending</c>, <c>awaiting_approval</c>, <c>promoted</c>, <c>rejected</c>, <c>withdrawn</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The version that held the environment when the decision fell.</summary>
    public int? PreviousVersion { get; init; }

    /// <summary>Each gate's result; filled as gates are evaluated.</summary>
    public IReadOnlyList<GateResult> Gates { get; set; } = [];

    /// <summary>The request's comment.</summary>
    public string? Comment { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? RequestedBy { get; init; }

    /// <summary>When it expires undecided.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Approvals that the policy asks for.</summary>
    public int ApprovalsRequired { get; init; }

    /// <summary>The role an approver must have, where access control is on.</summary>
    public string? ApproverRole { get; init; }

    /// <summary>Those who have approved.</summary>
    public IReadOnlyList<string> ApprovedBy { get; set; } = [];

    /// <summary>Everything that happened to it, oldest first; in the answer about one promotion alone.</summary>
    public IReadOnlyList<PromotionEvent> Events { get; set; } = [];
}

/// <summary>A step of a promotion: <c>requested</c>, <c>evaluated</c>, <c>commented</c>, <c>approved</c>, <c>promoted</c>, <c>rejected</c>, <c>withdrawn</c> or <c>expired</c>.</summary>
public sealed record PromotionEvent(DateTimeOffset At, string Kind, string Status, string? By, string? Text);

/// <summary><c>POST /api/v1/promotions/{id}/approve</c>, <c>reject</c>, <c>withdraw</c>, <c>comments</c> or <c>evaluate</c>.</summary>
public sealed record PromotionAction
{
    /// <summary>Who acts. Where access control is on, the caller's own name counts instead.</summary>
    public string? By { get; init; }

    /// <summary>Why.</summary>
    public string? Comment { get; init; }
}

/// <summary><c>GET /api/v1/promotions</c>: newest first; <c>?model=</c>, <c>?status=</c>, <c>?environment=</c>, <c>?limit=</c> (default and at most 100), <c>?pageToken=</c>.</summary>
public sealed record PromotionPage(IReadOnlyList<Promotion> Promotions, string? NextPageToken = null);

/// <summary>The verdict of one gate: <c>passed</c>, <c>failed</c> or <c>pending</c>, with the numbers it looked at.</summary>
public sealed record GateResult(string Name, string Status, string Detail)
{
    /// <summary>The numbers, by name.</summary>
    public IReadOnlyDictionary<string, double>? Numbers { get; init; }
}

/// <summary>The environments there are where nothing else is configured; each is an alias of the model.</summary>
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
