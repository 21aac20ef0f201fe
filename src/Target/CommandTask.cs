using System.Buffers;
using System.Runtime.CompilerServices;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;

namespace Blockwire.Target;

/// <summary>A task of the session core together with its command at the device server. Reused by its session.</summary>
#pragma warning disable CA1001 // the token source has neither timer nor wait handle, so there is nothing to dispose
internal sealed class CommandTask : TargetTask
#pragma warning restore CA1001
{
    private readonly ServedSession _session;
    private readonly Action _onCompleted;
    private CancellationTokenSource? _cancellation;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _awaiter;

    public CommandTask(ServedSession session)
    {
        _session = session;
        _onCompleted = OnCompleted;
        Command = new Blockwire.Scsi.Device.ScsiCommand(session.Pool);
    }

    public Blockwire.Scsi.Device.ScsiCommand Command { get; }

    /// <summary>The failure of an execution that threw; null usually.</summary>
    public Exception? Defect { get; private set; }

    /// <summary>Runs the command. True when it is over already; else the session hears of it later.</summary>
    public bool Run(ScsiTargetDevice device)
    {
        Defect = null;
        Command.DataOut = DataOut;
        CancellationToken token = default;
        if (!Command.CompletesInline)
        {
            CancellationTokenSource? former = Interlocked.Exchange(ref _cancellation, null);
            CancellationTokenSource source = former?.TryReset() == true ? former : new CancellationTokenSource();
            token = source.Token;
            Volatile.Write(ref _cancellation, source);
        }

        try
        {
#pragma warning disable CA2012 // consumed once: below, or in OnCompleted
            _awaiter = device.ExecuteAsync(Command, token).ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            if (!_awaiter.IsCompleted)
            {
                _awaiter.UnsafeOnCompleted(_onCompleted);
                return false;
            }

            _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            Defect = failure;
        }

        return true;
    }

    /// <summary>
    /// Hands over what stops the running command; null when it cannot be stopped. It is taken from the task, because by the time somebody cancels the
    /// task may serve another command.
    /// </summary>
    public CancellationTokenSource? TakeCancellation() => Interlocked.Exchange(ref _cancellation, null);

    /// <summary>Brings the result over to the task, for the session core.</summary>
    public void TakeResult()
    {
        if (Defect is not null)
        {
            Command.Check(Blockwire.Scsi.Sense.InternalTargetFailure, descriptorFormat: false);
        }

        Status = (byte)Command.Status;
        Sense = Command.SenseMemory;
        DataIn = Command.DataIn;
        DataInOwner = Command.TakeDataInOwner();
    }

    protected override void OnReleased() => Command.End();

    private void OnCompleted()
    {
        try
        {
            _awaiter.GetResult();
        }
        catch (Exception failure)
        {
            Defect = failure;
        }

        _awaiter = default;
        _session.OnCommandCompleted(this);
    }
}
