using Slipway.Contracts.Vetting;

namespace Slipway.Contracts.Registry;

/// <summary>
/// <c>PUT /api/v1/models/{name}/consumers/{consumer}</c>: what a program that calls the model sends and reads. No version that would break it passes the gate
/// <c>signature_compatible</c>.
/// </summary>
public sealed record ConsumerDeclaration
{
    /// <summary>The consumer; taken from the path on PUT.</summary>
    public string Name { get; set; } = "";

    /// <summary>Every input that it sends.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; set; } = [];

    /// <summary>The outputs that it reads.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; set; } = [];
}
