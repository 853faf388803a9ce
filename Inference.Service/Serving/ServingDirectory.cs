namespace Slipway.Inference.Service.Serving;

/// <summary>Holds the current <see cref="ServingView"/>; the reconciler sets it, right after it has swapped the models.</summary>
internal sealed class ServingDirectory
{
    private volatile ServingView _current = new(0, false, null, EffectiveServing.None, []);

    public ServingView Current
    {
        get => _current;
        set => _current = value;
    }
}
