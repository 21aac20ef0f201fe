using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Logging;

/// <summary>
/// Writes log lines for people: time in UTC, level, message. A message never spans two lines, so that a peer cannot forge one. Logging never waits for the
/// writer; disposing does, for a moment, so that nothing is lost in a normal end.
/// </summary>
internal sealed class TextLogger : ILogger, IDisposable
{
    private readonly LogLevel _least;
    private readonly TimeProvider _time;
    private readonly LogLines _lines;

    /// <param name="writer">Where lines go; failures of it end the log and nothing else.</param>
    /// <param name="least">Least level of a line.</param>
    /// <param name="time">The clock.</param>
    public TextLogger(TextWriter writer, LogLevel least, TimeProvider time)
    {
        _least = least;
        _time = time;
        _lines = new(writer, lost => Start(LogLevel.Warning).Append(CultureInfo.InvariantCulture, $"{lost} log lines are missing here: nobody read them in time\n").ToString());
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= _least && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        StringBuilder line = Start(logLevel);
        AppendOnOneLine(line, formatter(state, exception));
        if (exception is not null)
        {
            line.Append(" | ");
            AppendOnOneLine(line, IsEnabled(LogLevel.Debug) ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}");
        }

        _lines.Add(line.Append('\n').ToString());
    }

    /// <summary>Waits until everything is written, at most <see cref="LogLines.Patience"/>. Later lines are forgotten.</summary>
    public void Dispose() => _lines.Dispose();

    private StringBuilder Start(LogLevel level) => new StringBuilder(256).Append(
        CultureInfo.InvariantCulture, $"{_time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {LogLevels.Name(level),-5} ");

    private static void AppendOnOneLine(StringBuilder line, string text)
    {
        foreach (char letter in text)
        {
            if (char.IsControl(letter))
            {
                line.Append(letter is '\n' ? " / " : letter is '\r' ? string.Empty : "?");
            }
            else
            {
                line.Append(letter);
            }
        }
    }
}
