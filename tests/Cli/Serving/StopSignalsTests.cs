using System.Runtime.InteropServices;
using Blockwire.Cli.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Blockwire.Cli.Tests.Serving;

public sealed class StopSignalsTests
{
    private int _ended;

    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGINT)]
    public async Task The_first_stops_and_the_second_ends_at_once(PosixSignal first, PosixSignal second)
    {
        using StopSignals signals = Signals();
        Task asked = signals.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(asked.IsCompleted);
        Assert.True(Raise(signals, first));
        await asked;
        Assert.True(signals.Stop.IsCancellationRequested);
        Assert.Equal(0, _ended);

        Assert.True(Raise(signals, second));
        Assert.Equal(1, _ended);
    }

    [Fact]
    public void A_hangup_changes_nothing()
    {
        using StopSignals signals = Signals();

        Assert.True(Raise(signals, PosixSignal.SIGHUP));
        Assert.True(Raise(signals, PosixSignal.SIGHUP));

        Assert.False(signals.Stop.IsCancellationRequested);
        Assert.Equal(0, _ended);
    }

    /// <summary>Delivers a signal; true when the system's own reaction (ending the process) is called off.</summary>
    private static bool Raise(StopSignals signals, PosixSignal signal)
    {
        PosixSignalContext context = new(signal);
        signals.On(context);
        return context.Cancel;
    }

    private StopSignals Signals() => new(NullLogger.Instance, () => _ended++);
}
