using System.Diagnostics.CodeAnalysis;

namespace Slipway.Training.Worker.Data;

/// <summary>A value, or what was wrong with the input it should have come from.</summary>
internal readonly struct Result<T>
    where T : class
{
    private Result(T? value, BadInput? error)
    {
        Value = value;
        Error = error;
    }

    public T? Value { get; }

    public BadInput? Error { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsOk => Value is not null;

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(BadInput error) => new(null, error);
}
