namespace Slipway.Training.Worker.Data;

/// <summary>
/// Carries a <see cref="BadInput"/> out of a trainer: what a fit needs in size is known only deep inside it. The runner turns it back into
/// a value.
/// </summary>
internal sealed class TrainingDataException(BadInput error) : Exception(error.Message)
{
    public BadInput Error { get; } = error;
}
