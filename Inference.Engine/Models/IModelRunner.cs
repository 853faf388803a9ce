namespace Slipway.Inference.Engine.Models;

/// <summary>Something that computes outputs from inputs: a loaded model.</summary>
public interface IModelRunner
{
    /// <summary>What goes in and what comes out.</summary>
    ModelSignature Signature { get; }

    /// <summary>Makes the state of one run at a time; several may run at once. The caller disposes it before the model is.</summary>
    IModelRun OpenRun();
}
