using System.Globalization;
using Blockwire.Cli.Clients;

namespace Blockwire.Cli.Copying;

/// <summary>How far a copy is: one line that is written over and over on a terminal, else a line now and then.</summary>
internal sealed class CopyProgress : IDisposable
{
    private const int BarWidth = 30;

    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(10);

    private readonly TextWriter _error;
    private readonly bool _isTerminal;
    private readonly string _what;
    private readonly long _total;
    private readonly Func<long> _done;
    private readonly TimeProvider _time;
    private readonly long _since;
    private readonly long _first;
    private readonly Lock _gate = new();
    private readonly ITimer? _timer;
    private bool _isOver;

    /// <param name="error">Where it goes.</param>
    /// <param name="isTerminal">One line is written over and over.</param>
    /// <param name="isQuiet">Nothing is written.</param>
    /// <param name="what">What is done, as a word.</param>
    /// <param name="total">Bytes in all.</param>
    /// <param name="done">Bytes until now.</param>
    /// <param name="time">The clock.</param>
    public CopyProgress(TextWriter error, bool isTerminal, bool isQuiet, string what, long total, Func<long> done, TimeProvider time)
    {
        (_error, _isTerminal, _what, _total, _done, _time) = (error, isTerminal, what, total, done, time);
        _since = time.GetTimestamp();
        _first = done();
        TimeSpan period = isTerminal ? OnTerminal : Elsewhere;
        _timer = isQuiet ? null : time.CreateTimer(static state => ((CopyProgress)state!).Show(), this, period, period);
    }

    /// <summary>The last line.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            if (_timer is not null && _isTerminal && !_isOver)
            {
                Write(Line() + "\n");
            }

            _isOver = true;
        }
    }

    /// <summary>Bar, percentage, rate and time left.</summary>
    public string Line()
    {
        long done = _done();
        double share = _total == 0 ? 1 : Math.Min(1, (double)done / _total);
        double seconds = Math.Max(0.001, _time.GetElapsedTime(_since).TotalSeconds);
        double rate = (done - _first) / seconds;
        string left = rate > 0 && done < _total ? $", {Span((_total - done) / rate)} left" : "";
        string bar = _isTerminal ? $"[{new string('=', (int)(share * BarWidth)).PadRight(BarWidth)}] " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{_what} {bar}{share * 100:0}% of {Sizes.Text(_total)}, {Sizes.Text(rate)}/s{left}");
    }

    private static string Span(double seconds) => seconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds):0} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds / 60):0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.#} h"),
    };

    private void Show()
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                Write(Line() + (_isTerminal ? "" : "\n"));
            }
        }
    }

    // \r and "erase to the end of the line" (ECMA-48 EL).
    private void Write(string line)
    {
        try
        {
            _error.Write(_isTerminal ? $"\r{line}\u001b[K" : line);
            _error.Flush();
        }
        catch (IOException)
        {
            // Nobody looks any more; the copy goes on.
            _isOver = true;
        }
    }
}
