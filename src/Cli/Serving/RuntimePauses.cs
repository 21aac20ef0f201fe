using System.Diagnostics.Tracing;
using System.Globalization;

namespace Blockwire.Cli.Serving;

/// <summary>
/// How long the runtime held all threads, as it tells itself: what a garbage collection costs whoever waits for an answer. Listens from its creation; that costs a thread, so it is
/// for those who want to know.
/// </summary>
internal sealed class RuntimePauses : EventListener
{
    private const EventKeywords GarbageCollection = (EventKeywords)1;

    // GCSuspendEEBegin and GCRestartEEEnd.
    private const int Suspends = 9, HasRestarted = 3;

    private readonly Lock _gate = new();
    private DateTime _begun;
    private int _count;
    private TimeSpan _longest;

    /// <summary>One line for the log.</summary>
    public override string ToString()
    {
        lock (_gate)
        {
            int collections = GC.CollectionCount(0);

            // A program that was published without event sources hears of none.
            string longest = collections > 0 && _count == 0 ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{_longest.TotalMilliseconds:0.000} ms");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"garbage collections: {collections}, full ones {GC.CollectionCount(2)}, paused for {GC.GetTotalPauseDuration().TotalMilliseconds:0.000} ms in all; all threads were held {_count} times, longest {longest}");
        }
    }

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Informational, GarbageCollection);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        lock (_gate)
        {
            switch (eventData.EventId)
            {
                case Suspends:
                    _begun = eventData.TimeStamp;
                    break;

                case HasRestarted when _begun != default:
                    TimeSpan took = eventData.TimeStamp - _begun;
                    (_begun, _count, _longest) = (default, _count + 1, took > _longest ? took : _longest);
                    break;
            }
        }
    }
}
