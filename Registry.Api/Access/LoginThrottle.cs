using System.Net;
using System.Security.Cryptography;

namespace Slipway.Registry.Api.Access;

/// <summary>
/// Counts failed logins by user, by address and by both, and refuses further ones for the rest of the minute. The counters are a fixed table that names are
/// hashed into with a secret of this process: it cannot be made to grow, and nobody can aim at another's counter.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    private const int Slots = 16_384;
    private const int MaxByBoth = 10;
    private const int MaxByUser = 50;
    private const int MaxByAddress = 100;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly long[] _windows = new long[Slots];
    private readonly int[] _failures = new int[Slots];
    private readonly int _seed = RandomNumberGenerator.GetInt32(int.MaxValue);
    private readonly Lock _lock = new();

    /// <summary>How long the caller has to wait before another password is looked at; null where it need not.</summary>
    public TimeSpan? Wait(string user, IPAddress? address)
    {
        lock (_lock)
        {
            return
                Count(Slot(0, user, address)) >= MaxByBoth
                || Count(Slot(1, user, null)) >= MaxByUser
                || Count(Slot(2, "", address)) >= MaxByAddress
                ? TimeSpan.FromTicks(s_window.Ticks - (time.GetUtcNow().UtcTicks % s_window.Ticks))
                : null;
        }
    }

    public void Failed(string user, IPAddress? address)
    {
        lock (_lock)
        {
            foreach (var slot in (int[])[Slot(0, user, address), Slot(1, user, null), Slot(2, "", address)])
            {
                _failures[slot] = Count(slot) + 1;
                _windows[slot] = Window();
            }
        }
    }

    private int Count(int slot) => _windows[slot] == Window() ? _failures[slot] : 0;

    private long Window() => time.GetUtcNow().UtcTicks / s_window.Ticks;

    private int Slot(int kind, string user, IPAddress? address) =>
        (int)((uint)HashCode.Combine(_seed, kind, user.ToUpperInvariant(), address) % Slots);
}
