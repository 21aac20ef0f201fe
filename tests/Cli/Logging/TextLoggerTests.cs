using Blockwire.Cli.Logging;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Tests.Logging;

public sealed class TextLoggerTests : IDisposable
{
    private readonly StringWriter _text = new();

    [Fact]
    public void A_line_has_time_level_and_message()
    {
        Logger(LogLevel.Information).LogWarning("{Peer} broke {Rule}", "127.0.0.1:5", "7143/11.14");

        Assert.Equal("2026-11-22T07:08:09.123Z warn  127.0.0.1:5 broke 7143/11.14\n", _text.ToString());
    }

    [Fact]
    public void What_is_below_the_level_is_left_out()
    {
        TextLogger logger = Logger(LogLevel.Warning);

        logger.LogInformation("no");
        logger.LogError("yes");

        Assert.EndsWith("error yes\n", _text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("no\n", _text.ToString(), StringComparison.Ordinal);
        Assert.False(logger.IsEnabled(LogLevel.Debug));
        Assert.False(logger.IsEnabled(LogLevel.None));
    }

    [Fact]
    public void A_message_cannot_forge_a_line_or_colour_a_terminal()
    {
        Logger(LogLevel.Trace).LogInformation("{Name}", "iqn\r\n2026 error forged\u001b[31m");

        Assert.Equal("2026-11-22T07:08:09.123Z info  iqn / 2026 error forged?[31m\n", _text.ToString());
    }

    [Theory]
    [InlineData(LogLevel.Information, false)]
    [InlineData(LogLevel.Debug, true)]
    public void An_exception_shows_where_only_to_those_who_debug(LogLevel level, bool withTrace)
    {
        Exception thrown = Thrown();

        Logger(level).LogError(thrown, "what");

        Assert.Contains("error what | ", _text.ToString(), StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: why", _text.ToString(), StringComparison.Ordinal);
        Assert.Equal(withTrace, _text.ToString().Contains(nameof(Thrown), StringComparison.Ordinal));
    }

    [Fact]
    public void A_reader_that_has_gone_does_not_stop_the_server() =>
        new TextLogger(new BrokenWriter(), LogLevel.Trace, new FixedTime()).LogInformation("unheard");

    public void Dispose() => _text.Dispose();

    private TextLogger Logger(LogLevel level) => new(_text, level, new FixedTime());

    private static Exception Thrown()
    {
        try
        {
            throw new InvalidOperationException("why");
        }
        catch (InvalidOperationException thrown)
        {
            return thrown;
        }
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 22, 7, 8, 9, 123, TimeSpan.Zero);
    }

    private sealed class BrokenWriter : StringWriter
    {
        public override void Flush() => throw new IOException("Broken pipe");
    }
}
