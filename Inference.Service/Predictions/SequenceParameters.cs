using System.Globalization;
using Slipway.Inference.Engine.Batching;

namespace Slipway.Inference.Service.Predictions;

/// <summary>What a request says about its sequence; an id of 0 or an empty text is none, as in Triton.</summary>
internal readonly record struct SequenceParameters(string? Id, bool Starts, bool Ends)
{
    public SequenceStep? Step => string.IsNullOrEmpty(Id) ? null : new SequenceStep(Id, Starts, Ends);

    /// <summary>A number as an id.</summary>
    public static string IdOf(ulong number) => number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);
}
