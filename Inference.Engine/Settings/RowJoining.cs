namespace Slipway.Inference.Engine.Settings;

/// <summary>Whether requests to a model may be joined along the first dimension.</summary>
public enum RowJoining
{
    /// <summary>Only when the signature allows it and the graph was seen to treat rows one by one (<see cref="Batching.RowIndependence"/>).</summary>
    WhenShown,

    /// <summary>The model's owner says so (Triton: <c>max_batch_size</c> above 0), as far as the signature allows it.</summary>
    Always,

    /// <summary>Each request runs alone.</summary>
    Never,
}
