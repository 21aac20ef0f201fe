using System.Runtime.InteropServices;

namespace Blockwire.Cli.Clients;

/// <summary>SIGINT, SIGTERM and SIGHUP: the first asks a client command to stop and log out, the second ends the process at once.</summary>
internal sealed class ClientSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public ClientSignals() =>
        _registrations = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(it => PosixSignalRegistration.Create(it, On))];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
        {
            // What it cancels may take its time; this thread has to be there for the second signal.
            ThreadPool.UnsafeQueueUserWorkItem(static stop => stop.Cancel(), _stop, preferLocal: false);
        }
        else
        {
            Environment.Exit(ExitStatus.Failed);
        }
    }
}
