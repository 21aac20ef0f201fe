namespace Blockwire.Scsi.Device.Commands;

/// <summary>
/// What keeps long work from the thread that serves the sockets. A disk may complete everything before a call returns, and then a loop over many blocks runs to
/// its end on the thread that began it: nobody else is served meanwhile, and nobody can cancel it.
/// </summary>
internal static class LongWork
{
    /// <summary>Most bytes that are worked on before others get their turn.</summary>
    public const int PieceBytes = 1 << 20;

    /// <summary>Is it too much for the thread of the caller?</summary>
    public static bool IsLong(ulong lengthBytes) => lengthBytes > PieceBytes;

    /// <summary>May a command over this many bytes promise <see cref="ScsiCommand.CompletesInline"/>?</summary>
    public static bool FitsInline(LogicalUnit unit, ulong lengthBytes) => unit.Traits.CompletesInline && !IsLong(lengthBytes);

    /// <summary>Goes on as a work item of its own, behind those that wait already.</summary>
    /// <param name="cancellationToken">Looked at before and after, so that a cancelled command does no further piece.</param>
    /// <returns>To be awaited where the work is done: a task between could have completed by the time it is looked at, and then the work would stay on the caller's thread.</returns>
    public static OwnWorkItem LetOthersGo(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new OwnWorkItem(cancellationToken);
    }
}
