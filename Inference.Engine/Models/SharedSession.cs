namespace Slipway.Inference.Engine.Models;

/// <summary>A share in a session of a <see cref="SessionPool"/>.</summary>
public sealed class SharedSession : IModelRunner, IDisposable
{
    private readonly SessionPool _pool;
    private readonly SessionPool.Entry _entry;
    private int _disposed;

    internal SharedSession(SessionPool pool, SessionPool.Entry entry, ModelSession session)
    {
        _pool = pool;
        _entry = entry;
        Session = session;
    }

    /// <summary>The session, open as long as this is not disposed.</summary>
    public ModelSession Session { get; }

    /// <inheritdoc/>
    public ModelSignature Signature => Session.Signature;

    /// <inheritdoc/>
    public IModelRun OpenRun() => Session.OpenRun();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _pool.Release(_entry);
        }
    }
}
