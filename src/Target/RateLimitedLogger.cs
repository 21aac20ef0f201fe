using Microsoft.Extensions.Logging;

namespace Blockwire.Target;

/// <summary>
/// Passes at most <see cref="LinesPerSecond"/> lines a second below error level: what peers can cause is bounded, however many of them there are. What is left out is
/// counted in one line afterwards.
/// </summary>
internal sealed class RateLimitedLogger(ILogger next, TimeProvider time) : ILogger
{
    /// <summary>Lines a second that pass.</summary>
    public const int LinesPerSecond = 1000;

    private readonly Lock _gate = new();
    private long _second;
    private int _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => next.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => next.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        int leftOut = 0;
        if (logLevel < LogLevel.Error && !Passes(out leftOut))
        {
            return;
        }

        if (leftOut > 0)
        {
            next.Log(LogLevel.Warning, default, leftOut, null, static (count, _) => $"{count} more lines within a second were left out");
        }

        next.Log(logLevel, eventId, state, exception, formatter);
    }

    private bool Passes(out int leftOut)
    {
        leftOut = 0;
        long second = time.GetTimestamp() / time.TimestampFrequency;
        lock (_gate)
        {
            if (second != _second)
            {
                leftOut = Math.Max(0, _lines - LinesPerSecond);
                _second = second;
                _lines = 0;
            }

            return ++_lines <= LinesPerSecond;
        }
    }
}
