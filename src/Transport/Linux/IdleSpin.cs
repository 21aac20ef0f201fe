using System.Diagnostics;
using System.Globalization;

namespace Blockwire.Transport;

/// <summary>
/// Whether a poller that has nothing to do looks again and again for a while before it sleeps. A processor that sleeps takes tens of microseconds to wake, more than a
/// small command takes in all, so where the next event comes soon, looking for it is worth its time. It is done only while that turns out true and little is moved between
/// waits: a peer with much under way loses nothing by our sleep, and what has come meanwhile is taken with fewer calls. One poller at a time does it,
/// unless there are many processors.
/// </summary>
/// <param name="seats">Shared by the pollers that may not all do it at once.</param>
/// <param name="limit">How long to look, in ticks of <see cref="Stopwatch"/>; 0: never.</param>
internal sealed class IdleSpin(IdleSpin.Seats seats, long limit)
{
    /// <summary>Processor pauses between two looks.</summary>
    public const int PauseIterations = 8;

    private const int FewestShortWaits = 4;
    private const int MostShortWaits = 1024;
    private const int MissesToEnd = 2;
    private const int HitsToTrust = 32;
    private const int MostMicroseconds = 1000;
    private const int MostMoved = 9 << 10; // 8 KiB of data with its headers
    private static readonly long _shortWait = TicksOf(150);
    private int _shortWaits;
    private int _shortWaitsToBegin = FewestShortWaits;
    private int _misses;
    private int _hits;

    /// <summary>What a process does unless BLOCKWIRE_SPIN_US says how many microseconds to look, 0 for not at all.</summary>
    public static long UsualLimit { get; } = TicksOf(uint.TryParse(Environment.GetEnvironmentVariable("BLOCKWIRE_SPIN_US"), NumberStyles.None, CultureInfo.InvariantCulture, out uint asked) ? Math.Min(asked, MostMicroseconds) : 25);

    /// <summary>Begins a wait; returns until when to look, <paramref name="now"/> for not at all.</summary>
    /// <param name="now">The time, in ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="moved">Bytes received and sent since the last wait.</param>
    public long Begin(long now, long moved)
    {
        bool looks = limit > 0 && moved <= MostMoved && _shortWaits >= _shortWaitsToBegin && seats.TryTake();
        return looks ? now + limit : now;
    }

    /// <summary>Looking is over.</summary>
    public void End(bool hit)
    {
        seats.Leave();
        if (hit)
        {
            _misses = 0;
            _shortWaitsToBegin = ++_hits % HitsToTrust == 0 ? FewestShortWaits : _shortWaitsToBegin;
        }
        else if (++_misses >= MissesToEnd)
        {
            _shortWaitsToBegin = Math.Min(2 * _shortWaitsToBegin, MostShortWaits);
            _shortWaits = 0;
            _misses = 0;
            _hits = 0;
        }
    }

    /// <summary>A wait asleep took so long.</summary>
    public void Waited(long ticks) => _shortWaits = ticks < _shortWait ? Math.Min(_shortWaits + 1, MostShortWaits) : 0;

    private static long TicksOf(uint microseconds) => Stopwatch.Frequency * microseconds / 1_000_000;

    /// <summary>How many may look at once.</summary>
    public sealed class Seats(int count)
    {
        private int _taken;

        /// <summary>Takes a seat when one is free.</summary>
        public bool TryTake()
        {
            if (Interlocked.Increment(ref _taken) <= count)
            {
                return true;
            }

            Leave();
            return false;
        }

        /// <summary>Gives it back.</summary>
        public void Leave() => Interlocked.Decrement(ref _taken);
    }
}
