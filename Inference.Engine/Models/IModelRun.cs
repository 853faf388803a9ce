using Slipway.Inference.Engine.Tensors;

namespace Slipway.Inference.Engine.Models;

/// <summary>
/// The state of one run at a time, made once and used for many runs. Whoever has it runs on the calling thread; <see cref="Stop"/> and <see cref="Reset"/> are called
/// under a lock of the owner, so that a stop meets the run that it is meant for.
/// </summary>
public interface IModelRun : IDisposable
{
    /// <summary>Runs on inputs that fit, in the order of the signature; they stay the caller's.</summary>
    InferenceResult Run(Tensor[] inputs);

    /// <summary>Ends the run under way between two of its nodes, and every later one at its start, with <see cref="InferenceStatus.Cancelled"/>.</summary>
    void Stop();

    /// <summary>Lets runs take place again after a stop. No run is under way.</summary>
    void Reset();
}
