using Blockwire.Scsi.Device.Commands;
using Blockwire.Storage;

namespace Blockwire.Scsi.Device;

/// <summary>Keeps the documents of one logical unit as files of a folder, which is made when the first document is.</summary>
/// <param name="folder">Path of the folder. It belongs to this unit alone.</param>
public sealed class UnitStateFolder(string folder) : IUnitStateStore
{
    private const string Suffix = ".json";

    /// <summary>Path of the folder.</summary>
    public string Folder { get; } = folder;

    /// <inheritdoc/>
    public byte[]? Read(string name)
    {
        string path = PathOf(name);
        try
        {
            return DurableFile.Read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UnitStateException($"{path}: what the disk keeps cannot be read: {failure.Message}", failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReplaceAsync(string name, ReadOnlyMemory<byte> document)
    {
        string path = PathOf(name);
        await default(OwnWorkItem);
        try
        {
            DurableFile.CreateDirectory(Folder);
            DurableFile.Replace(path, document.Span);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UnitStateException($"{path}: what the disk keeps cannot be written: {failure.Message}", failure);
        }
    }

    private string PathOf(string name) => name.Length > 0 && name.All(static it => char.IsAsciiLetterLower(it) || char.IsAsciiDigit(it) || it == '-')
        ? Path.Combine(Folder, name + Suffix)
        : throw new ArgumentException("a name has lower-case letters, digits and hyphens", nameof(name));
}
