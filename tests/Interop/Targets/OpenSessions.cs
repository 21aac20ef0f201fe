using Blockwire.Initiator;
using Microsoft.Extensions.Logging;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>Sessions whose log is part of a test's report.</summary>
internal static class OpenSessions
{
    private static readonly string? _captures = Environment.GetEnvironmentVariable("BLOCKWIRE_CAPTURES");

    /// <summary>Opens a session; with BLOCKWIRE_CAPTURES=FOLDER in the environment a capture of what it says stays there.</summary>
    public static Task<IscsiSession> OpenAsync(IscsiSessionOptions options)
    {
        options = _captures is not null && options.Tap is null ? options with { Tap = new Capture(Path.Combine(_captures, $"{options.TargetName?.ToString()?.Split(':')[^1]}-{options.Isid}.pcapng")) } : options;
        return IscsiSession.OpenAsync(options, new TestLogger()).WaitAsync(RealTarget.Limit + options.Session.LoginTimeLimit);
    }

    private sealed class TestLogger : ILogger
    {
        private readonly ITestOutputHelper? _output = TestContext.Current.TestOutputHelper;
        private readonly long _start = TimeProvider.System.GetTimestamp();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                _output?.WriteLine($"{TimeProvider.System.GetElapsedTime(_start).TotalSeconds,7:0.000} {logLevel,-11} {formatter(state, exception)} {exception}");
            }
            catch (InvalidOperationException)
            {
                // The test is over.
            }
        }
    }
}
