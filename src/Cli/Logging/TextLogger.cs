using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Logging;

/// <summary>Writes log lines for people: time in UTC, level, message. A message never spans two lines, so that a peer cannot forge one.</summary>
internal sealed class TextLogger(TextWriter writer, LogLevel least, TimeProvider time) : ILogger
{
    private readonly Lock _gate = new();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        StringBuilder line = new(256);
        line.Append(CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {LogLevels.Name(logLevel),-5} ");
        AppendOnOneLine(line, formatter(state, exception));
        if (exception is not null)
        {
            line.Append(" | ");
            AppendOnOneLine(line, IsEnabled(LogLevel.Debug) ? exception.ToString() : $"{exception.GetType().Name}: {exception.Message}");
        }

        line.Append('\n');
        lock (_gate)
        {
            try
            {
                writer.Write(line);
                writer.Flush();
            }
            catch (IOException)
            {
                // Whoever read the log has gone, and there is no other place to say so. Serving goes on.
            }
        }
    }

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
