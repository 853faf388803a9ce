namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A number or a text, as ports are.</summary>
public sealed record Int32OrStringV1(int? Number, string? Text)
{
    /// <summary>Takes a number.</summary>
    public static implicit operator Int32OrStringV1(int number) => new(number, null);

    /// <summary>Takes a text.</summary>
    public static implicit operator Int32OrStringV1(string text) => new(null, text);

    /// <summary>Takes a number.</summary>
    public static Int32OrStringV1 FromInt32(int number) => number;

    /// <summary>Takes a text.</summary>
    public static Int32OrStringV1 FromString(string text) => text;
}
