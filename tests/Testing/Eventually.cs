using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Slipway.Testing;

/// <summary>Polls until something becomes true, with a deadline. Tests use it instead of sleeping.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Waits until <paramref name="condition"/> holds; throws <see cref="TimeoutException"/> naming it otherwise.</summary>
    public static Task TrueAsync(
        Func<bool> condition,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(condition))] string description = ""
    ) => TrueAsync(() => Task.FromResult(condition()), timeout, description);

    /// <inheritdoc cref="TrueAsync(Func{bool}, TimeSpan?, string)" />
    public static async Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(condition))] string description = ""
    )
    {
        var limit = timeout ?? s_defaultTimeout;
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > limit)
            {
                throw new TimeoutException($"Not true within {limit.TotalSeconds:0.#} s: {description}");
            }

            await Task.Delay(s_interval, TimeProvider.System);
        }
    }

    /// <summary>Waits until <paramref name="probe"/> gives something other than null, and returns it.</summary>
    public static async Task<T> GetAsync<T>(
        Func<Task<T?>> probe,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(probe))] string description = ""
    )
        where T : class
    {
        T? result = null;
        await TrueAsync(async () => (result = await probe()) is not null, timeout, description);
        return result!;
    }
}
