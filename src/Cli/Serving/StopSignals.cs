using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Serving;

/// <summary>
/// SIGTERM and SIGINT: the first asks to stop, the second ends the process at once. SIGHUP, which a closing terminal sends too, stops nothing, for a server outlives
/// its terminal: the disks and the configuration are looked at again.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Action _endAtOnce;
    private readonly ILogger _logger;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <param name="logger">Told of every signal.</param>
    /// <param name="endAtOnce">What the second signal does.</param>
    public StopSignals(ILogger logger, Action endAtOnce)
    {
        _logger = logger;
        _endAtOnce = endAtOnce;
        _registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(it => PosixSignalRegistration.Create(it, On))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>What SIGHUP does.</summary>
    public Action? Hangup { get; set; }

    /// <summary>Completes with the first signal.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration signal = Stop.Register(asked.SetResult);
        await asked.Task.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    internal void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGHUP)
        {
            _logger.LogInformation("SIGHUP: looking at the disks and the configuration again; serving goes on");
            Hangup?.Invoke();
            return;
        }

        if (Interlocked.Increment(ref _count) == 1)
        {
            _logger.LogInformation("{Signal}: stopping; a second signal ends at once", context.Signal);
            _stop.Cancel();
        }
        else
        {
            _logger.LogWarning("a second signal: ending at once");
            _endAtOnce();
        }
    }
}
