namespace Slipway.Inference.Engine.Models;

/// <summary>A model that cannot be opened: a stable <see cref="Code"/> out of <see cref="ModelLoadCodes"/>, and a text without paths of the machine.</summary>
public sealed class ModelLoadException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ModelLoadException(string code, string message)
        : this(code, message, null) { }

    /// <summary>Creates the exception.</summary>
    public ModelLoadException(string code, string message, Exception? innerException)
        : base(message, innerException) => Code = code;

    /// <summary>What kind of refusal this is.</summary>
    public string Code { get; }
}
