namespace Slipway.Registry.Api.Data;

/// <summary>A promotion request and its decision.</summary>
internal sealed class PromotionRow
{
    public Guid Id { get; set; }
    public long ModelId { get; set; }
    public int Version { get; set; }
    public required string Environment { get; set; }
    public required string Status { get; set; }
    public string? Metric { get; set; }
    public double Tolerance { get; set; }
    public string? Comment { get; set; }
    public string? RequestedBy { get; set; }
    public string? IdempotencyKey { get; set; }
    public int? PreviousVersion { get; set; }

    /// <summary>A list of <see cref="Contracts.Registry.GateResult"/> as JSON.</summary>
    public string Gates { get; set; } = "[]";

    /// <summary>The <see cref="Contracts.Registry.EnvironmentPolicy"/> it was last judged by, as JSON.</summary>
    public required string Policy { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>When it is looked at next, while it is open.</summary>
    public DateTimeOffset DueAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public RegisteredModelRow? Model { get; set; }
    public List<PromotionEventRow> Events { get; } = [];
}

/// <summary>Something that happened to a promotion; the database refuses to change it afterwards.</summary>
internal sealed class PromotionEventRow
{
    public long Id { get; set; }
    public Guid PromotionId { get; set; }
    public required string Kind { get; set; }

    /// <summary>The promotion's state after it.</summary>
    public required string Status { get; set; }
    public string? Actor { get; set; }
    public string? Text { get; set; }
    public DateTimeOffset At { get; set; }
}

/// <summary>A model's own policy for an environment: a <see cref="Contracts.Registry.EnvironmentPolicy"/> as JSON.</summary>
internal sealed class ModelPolicyRow
{
    public long ModelId { get; set; }
    public required string Environment { get; set; }
    public required string Policy { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A program that calls a model: a <see cref="Contracts.Registry.ConsumerDeclaration"/> as JSON.</summary>
internal sealed class ModelConsumerRow
{
    public long ModelId { get; set; }
    public required string Name { get; set; }
    public required string Signature { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
