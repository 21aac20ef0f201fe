using System.Runtime.CompilerServices;

namespace Blockwire.Simulation.Tests;

/// <summary>The last events of a run. Off, it costs nothing: a run that fails is repeated with the trace on, which changes nothing because replay is exact.</summary>
internal sealed class Trace(Timeline timeline, int kept)
{
    private readonly Queue<string> _lines = new();

    public bool IsOn => kept > 0;

    public IEnumerable<string> Lines => _lines;

    public void Add([InterpolatedStringHandlerArgument("")] ref Line line)
    {
        if (IsOn)
        {
            _lines.Enqueue($"{(timeline.Now - TimeSpan.FromHours(1)).TotalSeconds,12:F6}  {line.ToText()}");
            if (_lines.Count > kept)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>Formats only when the trace is on.</summary>
    [InterpolatedStringHandler]
    public ref struct Line
    {
        private DefaultInterpolatedStringHandler _text;

        public Line(int literalLength, int formattedCount, Trace trace, out bool isEnabled)
        {
            isEnabled = trace.IsOn;
            _text = isEnabled ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

        public string ToText() => _text.ToStringAndClear();
    }
}
