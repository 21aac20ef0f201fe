using Blockwire.Cli.Logging;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Tests.Logging;

public sealed class TextLoggerTests
{
    [Fact]
    public void A_line_has_time_level_and_message()
    {
        string text = Logged(LogLevel.Information, static logger => logger.LogWarning("{Peer} broke {Rule}", "127.0.0.1:5", "7143/11.14"));

        Assert.Equal("2026-11-22T07:08:09.123Z warn  127.0.0.1:5 broke 7143/11.14\n", text);
    }

    [Fact]
    public void What_is_below_the_level_is_left_out()
    {
        string text = Logged(LogLevel.Warning, static logger =>
        {
            logger.LogInformation("no");
            logger.LogError("yes");
            Assert.False(logger.IsEnabled(LogLevel.Debug));
            Assert.False(logger.IsEnabled(LogLevel.None));
        });

        Assert.EndsWith("error yes\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("no\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_cannot_forge_a_line_or_colour_a_terminal()
    {
        string text = Logged(LogLevel.Trace, static logger => logger.LogInformation("{Name}", "iqn\r\n2026 error forged\u001b[31m"));

        Assert.Equal("2026-11-22T07:08:09.123Z info  iqn / 2026 error forged?[31m\n", text);
    }

    [Theory]
    [InlineData(LogLevel.Information, false)]
    [InlineData(LogLevel.Debug, true)]
    public void An_exception_shows_where_only_to_those_who_debug(LogLevel level, bool withTrace)
    {
        Exception thrown = Thrown();

        string text = Logged(level, logger => logger.LogError(thrown, "what"));

        Assert.Contains("error what | ", text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: why", text, StringComparison.Ordinal);
        Assert.Equal(withTrace, text.Contains(nameof(Thrown), StringComparison.Ordinal));
    }

    private static string Logged(LogLevel level, Action<TextLogger> log)
    {
        using StringWriter text = new();
        using (TextLogger logger = new(text, level, new FixedTime()))
        {
            log(logger);
        }

        return text.ToString();
    }

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
}
